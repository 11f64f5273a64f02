"""The Helm chart: rendered by Helm's own library, checked against the schemas of Kubernetes."""
