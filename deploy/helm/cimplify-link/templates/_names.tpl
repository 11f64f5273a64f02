{{/* Names, labels and settings. A component is bridge or link-api; a workload holds one of them, or both as a sidecar. */}}

{{- define "link.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* The values, ports and prefix of both components, as JSON. */}}
{{- define "link.components" -}}
{{- dict
  "bridge" (dict "values" .Values.bridge "prefix" "ELEMENTS" "port" 8080 "internalPort" 8090)
  "link-api" (dict "values" .Values.linkApi "prefix" "LINK" "port" 8081 "internalPort" 8091)
  | toJson }}
{{- end }}

{{/* The workloads, each with its components, as JSON. The pods of a sidecar scale as the Link API does. */}}
{{- define "link.workloads" -}}
{{- $found := dict }}
{{- if .Values.sidecar }}
{{- if not (and .Values.bridge.enabled .Values.linkApi.enabled) }}
{{- fail "sidecar: true puts the bridge into the pods of the Link API, so both must be enabled." }}
{{- end }}
{{- $_ := set $found "both" (dict "components" (list "bridge" "link-api") "values" .Values.linkApi) }}
{{- else }}
{{- if .Values.bridge.enabled }}
{{- $_ := set $found "bridge" (dict "components" (list "bridge") "values" .Values.bridge) }}
{{- end }}
{{- if .Values.linkApi.enabled }}
{{- $_ := set $found "link-api" (dict "components" (list "link-api") "values" .Values.linkApi) }}
{{- end }}
{{- end }}
{{- if not $found }}
{{- fail "Nothing to install: enable bridge or linkApi." }}
{{- end }}
{{- $found | toJson }}
{{- end }}

{{- define "link.labels" -}}
app.kubernetes.io/name: cimplify-link
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The pods of one workload. */}}
{{- define "link.workloadSelector" -}}
app.kubernetes.io/name: cimplify-link
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .workload }}
{{- end }}

{{/* The pods that hold a component, in whichever workload. */}}
{{- define "link.componentSelector" -}}
app.kubernetes.io/name: cimplify-link
app.kubernetes.io/instance: {{ .root.Release.Name }}
link.cimplify.io/{{ .component }}: "true"
{{- end }}

{{- define "link.image" -}}
{{- $values := index .root.Values (ternary "bridge" "linkApi" (eq .component "bridge")) }}
{{- $where := ternary "bridge" "linkApi" (eq .component "bridge") }}
{{- $missing := printf "Set %s.image.repository: the registry and name of the image that you built of the Dockerfile's target %s." $where .component }}
{{- required $missing $values.image.repository }}:{{ $values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* The settings of a component that are no secrets. Numbers of a values file are floats, which would print as 1e+06. */}}
{{- define "link.settings" -}}
{{- $values := .root.Values }}
{{- $missing := "Set trustedProxies: the networks of your gateway's and the bridge's pods, such as 10.244.0.0/16. Without it all customers share one address and its limits." }}
{{- $proxies := required $missing (join "," $values.trustedProxies) }}
{{- $audience := printf "%s/v1/link" $values.publicUrl }}
{{- $inChart := and $values.bridge.enabled $values.linkApi.enabled }}
{{- $settings := dict }}
{{- if eq .component "bridge" }}
{{- $inner := printf "http://%s-link-api" (include "link.name" .root) }}
{{- $auth := ternary (ternary "http://127.0.0.1:8081" $inner $values.sidecar) "" $inChart }}
{{- $settings = dict
  "ELEMENTS_MODE" $values.mode
  "ELEMENTS_PUBLIC_URL" $values.publicUrl
  "ELEMENTS_ORIGIN" $values.elementsOrigin
  "ELEMENTS_ISSUER" $values.publicUrl
  "ELEMENTS_AUDIENCE" $audience
  "ELEMENTS_TRUSTED_PROXIES" $proxies
  "ELEMENTS_HOST" "0.0.0.0"
  "ELEMENTS_PORT" "8080"
  "ELEMENTS_INTERNAL_HOST" "0.0.0.0"
  "ELEMENTS_INTERNAL_PORT" "8090"
  "ELEMENTS_INTERNAL_NAMES" (include "link.internalNames" .)
  "ELEMENTS_AUTH_SERVICE_URL" (required "Set bridge.authServiceUrl: where the auth service listens, since this release has no Link API." ($values.bridge.authServiceUrl | default $auth)) }}
{{- if $values.bridge.businesses }}
{{- $_ := set $settings "ELEMENTS_BUSINESSES" "/run/link/businesses/businesses.json" }}
{{- end }}
{{- range $name, $value := $values.bridge.settings }}{{ $_ := set $settings $name (include "link.text" $value) }}{{ end }}
{{- else }}
{{- $keys := ternary "http://127.0.0.1:8080" $values.publicUrl $values.sidecar }}
{{- $settings = dict
  "LINK_MODE" $values.mode
  "LINK_PUBLIC_URL" $values.publicUrl
  "LINK_ELEMENTS_ORIGIN" $values.elementsOrigin
  "LINK_ELEMENTS_ISSUER" $values.publicUrl
  "LINK_ELEMENTS_AUDIENCE" $audience
  "LINK_ELEMENTS_JWKS_URL" (printf "%s/v1/link/elements/jwks.json" $keys)
  "LINK_TRUSTED_PROXIES" (ternary (printf "%s,127.0.0.1/32" $proxies) $proxies $values.sidecar)
  "LINK_HOST" "0.0.0.0"
  "LINK_PORT" "8081"
  "LINK_INTERNAL_HOST" "0.0.0.0"
  "LINK_INTERNAL_PORT" "8091"
  "LINK_INTERNAL_NAMES" (include "link.internalNames" .) }}
{{- range $name, $value := $values.linkApi.settings }}{{ $_ := set $settings $name (include "link.text" $value) }}{{ end }}
{{- end }}
{{- toYaml $settings }}
{{- end }}

{{/* How other pods may call the internal Service; kubelets and Prometheus call pods by their address. */}}
{{- define "link.internalNames" -}}
{{- $service := printf "%s-%s-internal" (include "link.name" .root) .component }}
{{- $full := printf "%s.%s" $service .root.Release.Namespace }}
{{- join "," (list $service $full (printf "%s.svc" $full) (printf "%s.svc.cluster.local" $full)) }}
{{- end }}

{{- define "link.text" -}}
{{ if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}
