{{/* What pods are made of. */}}

{{- define "link.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
# Secrets become readable by this group, and by nobody else.
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "link.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The files of the secrets: a keyring's setting takes its path, every other one a file. */}}
{{- define "link.secretSettings" -}}
{{- $component := .component }}
{{- range $name, $_ := .secrets }}
- name: {{ hasSuffix "_KEYRING" $name | ternary $name (printf "%s_FILE" $name) }}
  value: /run/link/{{ $component }}/{{ $name }}
{{- end }}
{{- end }}

{{- define "link.secretVolume" -}}
- name: {{ .component }}-secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $name, $from := .secrets }}
      - secret:
          name: {{ $from.secret }}
          items: [{key: {{ $from.key }}, path: {{ $name }}}]
      {{- end }}
{{- end }}

{{- define "link.certificatesVolume" -}}
{{- with .Values.certificates }}
- name: certificates
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "link.container" -}}
{{- $component := .component }}
{{- $own := index (include "link.components" .root | fromJson) $component }}
- name: {{ $component }}
  image: {{ include "link.image" . }}
  args: [serve]
  envFrom:
    - configMapRef: {name: {{ include "link.name" .root }}-{{ $component }}}
  env: {{- include "link.secretSettings" (dict "component" $component "secrets" $own.values.secrets) | nindent 4 }}
  ports:
    - {name: {{ $component }}, containerPort: {{ $own.port }}}
    - {name: {{ $component }}-int, containerPort: {{ $own.internalPort }}}
  # A restart mends no store, and a bridge forgets by it what it alone knows: neither of these asks Redis.
  startupProbe:
    httpGet: {path: /healthz, port: {{ $component }}-int}
    periodSeconds: 1
    failureThreshold: 120
    timeoutSeconds: 2
  livenessProbe:
    httpGet: {path: /healthz, port: {{ $component }}-int}
    periodSeconds: 10
    failureThreshold: 3
    timeoutSeconds: 5
  readinessProbe:
    httpGet: {path: /readyz, port: {{ $component }}-int}
    periodSeconds: 5
    # Of a Cluster with a silent part the first answer alone is 503.
    failureThreshold: 2
    timeoutSeconds: 2
  resources: {{- toYaml $own.values.resources | nindent 4 }}
  securityContext: {{- include "link.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - {name: {{ $component }}-tmp, mountPath: /tmp}
    # The folder and no file of it: a file mounted by itself stays the old one when its Secret changes.
    - {name: {{ $component }}-secrets, mountPath: /run/link/{{ $component }}, readOnly: true}
    {{- if .root.Values.certificates }}
    - {name: certificates, mountPath: /run/link/certificates, readOnly: true}
    {{- end }}
    {{- if and (eq $component "bridge") .root.Values.bridge.businesses }}
    - {name: businesses, mountPath: /run/link/businesses, readOnly: true}
    {{- end }}
{{- end }}

{{- define "link.volumes" -}}
{{- $component := .component }}
{{- $own := index (include "link.components" .root | fromJson) $component }}
- name: {{ $component }}-tmp
  emptyDir: {sizeLimit: 64Mi}
{{ include "link.secretVolume" (dict "component" $component "secrets" $own.values.secrets) }}
{{- if and (eq $component "bridge") .root.Values.bridge.businesses }}
- name: businesses
  configMap: {name: {{ .root.Values.bridge.businesses }}}
{{- end }}
{{- end }}

{{/* A pod that runs one command of the Link API to its end. The ConfigMap of its settings is the release's own: a hook before it has none. */}}
{{- define "link.commandPod" -}}
metadata:
  labels:
    {{- include "link.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- include "link.podSecurity" .root | nindent 4 }}
  containers:
    - name: {{ .name }}
      image: {{ include "link.image" (dict "root" .root "component" "link-api") }}
      args: [{{ .command }}]
      {{- if .settings }}
      envFrom:
        - configMapRef: {name: {{ include "link.name" .root }}-link-api}
      {{- end }}
      env: {{- include "link.secretSettings" (dict "component" "link-api" "secrets" .secrets) | nindent 8 }}
      resources: {{- toYaml .root.Values.linkApi.resources | nindent 8 }}
      securityContext: {{- include "link.containerSecurity" .root | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: link-api-secrets, mountPath: /run/link/link-api, readOnly: true}
        {{- if .root.Values.certificates }}
        - {name: certificates, mountPath: /run/link/certificates, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    {{- include "link.secretVolume" (dict "component" "link-api" "secrets" .secrets) | nindent 4 }}
    {{- include "link.certificatesVolume" .root | nindent 4 }}
{{- end }}

{{/* The seconds until a pod is killed: its drain, ten for calls that have begun, and five more. */}}
{{- define "link.grace" -}}
{{- $root := .root }}
{{- $longest := 0 }}
{{- range .components }}
{{- $own := index (include "link.components" $root | fromJson) . }}
{{- $longest = max $longest (index $own.values.settings (printf "%s_DRAIN_S" $own.prefix) | default 5 | int) }}
{{- end }}
{{- add $longest 15 }}
{{- end }}
