{{/*
Checks that the schema cannot express, or reports less helpfully. They also apply if the schema is skipped.
*/}}
{{- define "pxeboot.checks" -}}
{{- include "pxeboot.check.config" (.Values.config | default dict) }}
{{- include "pxeboot.check.passwords" (.Values.config | default dict) }}
{{- include "pxeboot.check.persistence" .Values.persistence }}
{{- include "pxeboot.check.updateStrategy" (.Values.updateStrategy | default dict) }}
{{- include "pxeboot.check.ports" .Values.ports }}
{{- if and .Values.admin.token .Values.admin.existingSecret.name }}
{{- fail "pxeboot: admin.token and admin.existingSecret.name are both set; keep one" }}
{{- end }}
{{- if and .Values.admin.readToken .Values.admin.existingSecret.name }}
{{- fail "pxeboot: admin.readToken and admin.existingSecret.name are both set; set admin.existingSecret.readKey instead" }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.config" -}}
{{- if hasKey . "dataDir" }}
{{- fail "pxeboot: config.dataDir is set by the chart; use persistence to choose the storage" }}
{{- end }}
{{- if and (hasKey . "http") (hasKey (.http | default dict) "listen") }}
{{- fail "pxeboot: config.http.listen is set by the chart; set ports.http" }}
{{- end }}
{{- if kindIs "map" .syslog }}
{{- fail "pxeboot: config.syslog.listen is set by the chart; set ports.syslog, or config.syslog to off" }}
{{- end }}
{{- if hasKey . "admin" }}
{{- fail "pxeboot: config.admin is set by the chart; set ports.admin, admin.hosts, admin.grafanaUrl, and admin.token or admin.existingSecret" }}
{{- end }}
{{- end }}

{{/* The message must not repeat the password: failures are often logged. */}}
{{- define "pxeboot.check.passwords" -}}
{{- $source := .source | default dict }}
{{- range $url := ternary $source.url (list $source.url) (kindIs "slice" $source.url) }}
{{- if regexMatch "://[^/?#]*@" (toString $url) }}
{{- fail "pxeboot: config.source.url contains a user name or password, and a ConfigMap is not secret; keep the URL in a Secret, and set PXEBOOT_SOURCE_URL from it in extraEnv" }}
{{- end }}
{{- end }}
{{- if kindIs "map" .state }}
{{- if regexMatch "://[^/?#@]*:.*@" (toString .state.url) }}
{{- fail "pxeboot: config.state.url contains a password, and a ConfigMap is not secret; keep the URL in a Secret, and set PXEBOOT_STATE_URL from it in extraEnv" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.persistence" -}}
{{- if and (eq .type "existingClaim") (not .existingClaim) }}
{{- fail "pxeboot: persistence.type is existingClaim; name the claim in persistence.existingClaim" }}
{{- end }}
{{- if and .existingClaim (ne .type "existingClaim") }}
{{- fail (printf "pxeboot: persistence.existingClaim is set, but persistence.type is %s; set it to existingClaim" .type) }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.updateStrategy" -}}
{{- $rolling := .rollingUpdate | default dict }}
{{- if and (hasKey $rolling "maxUnavailable") (has (toString $rolling.maxUnavailable) (list "0" "0%")) }}
{{- fail "pxeboot: updateStrategy.rollingUpdate.maxUnavailable 0 never finishes on the host network: a new pod waits for the ports of the old one; set it to 1" }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.ports" -}}
{{- if eq (int .http) (int .admin) }}
{{- fail (printf "pxeboot: ports.http and ports.admin are both %d; change one" (int .http)) }}
{{- end }}
{{- end }}
