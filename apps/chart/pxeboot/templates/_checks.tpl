{{/*
Checks that the schema cannot express, or reports less helpfully. They also apply if the schema is skipped.
*/}}
{{- define "pxeboot.checks" -}}
{{- include "pxeboot.check.config" (.Values.config | default dict) }}
{{- include "pxeboot.check.passwords" (.Values.config | default dict) }}
{{- include "pxeboot.check.persistence" .Values.persistence }}
{{- include "pxeboot.check.updateStrategy" . }}
{{- include "pxeboot.check.ports" .Values.ports }}
{{- include "pxeboot.check.database" . }}
{{- include "pxeboot.check.drain" . }}
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
{{- $listen := (.tftp | default dict).listen | default list }}
{{- range kindIs "slice" $listen | ternary $listen (list $listen) }}
{{- if and (regexMatch "^(\\[.*\\]|[^:]*):[0-9]+$" (toString .)) (not (hasSuffix ":69" (toString .))) }}
{{- fail (printf "pxeboot: config.tftp.listen is %s, but firmware uses only port 69; remove the port" .) }}
{{- end }}
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
{{- fail "pxeboot: config.state.url contains a password, and a ConfigMap is not secret; keep the URL in a Secret, and name that in database.existingSecret" }}
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

{{/*
Kubernetes rounds a percentage in `maxUnavailable` down. If that leaves no pod, and no surge pod can be
scheduled, an update never finishes.
*/}}
{{- define "pxeboot.check.updateStrategy" -}}
{{- $strategy := .Values.updateStrategy | default dict }}
{{- $rolling := $strategy.rollingUpdate | default dict }}
{{- $isDeployment := eq .Values.kind "Deployment" }}
{{- if and $isDeployment (eq ($strategy.type | default "RollingUpdate") "OnDelete") }}
{{- fail "pxeboot: updateStrategy.type OnDelete needs kind DaemonSet; for a Deployment set it to Recreate or RollingUpdate" }}
{{- end }}
{{- if and (not $isDeployment) (eq ($strategy.type | default "RollingUpdate") "Recreate") }}
{{- fail "pxeboot: updateStrategy.type Recreate needs kind Deployment; for a DaemonSet set it to RollingUpdate or OnDelete" }}
{{- end }}
{{- if and $strategy (eq ($strategy.type | default "RollingUpdate") "RollingUpdate") }}
{{- $given := toString (dig "maxUnavailable" (ternary "25%" "1" $isDeployment) $rolling) }}
{{- $pods := ternary (int .Values.replicaCount) 100 $isDeployment }}
{{- $most := ternary (div (mul (trimSuffix "%" $given | int) $pods) 100) (int $given) (hasSuffix "%" $given) }}
{{- if and (lt (int $most) 1) (gt $pods 0) }}
{{- fail (printf "pxeboot: updateStrategy.rollingUpdate.maxUnavailable %s%s never finishes on the host network: a new pod waits for the ports of the old one; set it to 1" $given (ternary (printf " of %d pods" $pods) "" (hasSuffix "%" $given))) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.ports" -}}
{{- if eq (int .http) (int .admin) }}
{{- fail (printf "pxeboot: ports.http and ports.admin are both %d; change one" (int .http)) }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.database" -}}
{{- $state := (.Values.config | default dict).state }}
{{- if and .Values.database.existingSecret.name $state (or (kindIs "string" $state) (hasKey $state "url")) }}
{{- fail "pxeboot: config.state and database.existingSecret.name both choose the database; keep one" }}
{{- end }}
{{- end }}

{{/* The kubelet kills the container at the end of the grace period, even during transfers. */}}
{{- define "pxeboot.check.drain" -}}
{{- $drain := (.Values.config | default dict).drain | default dict }}
{{- if hasKey $drain "timeout" }}
{{- fail "pxeboot: config.drain.timeout is set by the chart; set terminationGracePeriodSeconds" }}
{{- end }}
{{- if not (regexMatch "^[0-9]+s?$" (toString ($drain.lameDuck | default 0))) }}
{{- fail (printf "pxeboot: config.drain.lameDuck is %s, and the chart subtracts it from the grace period; write it in seconds, as in 5s" $drain.lameDuck) }}
{{- end }}
{{- if lt (include "pxeboot.drainSeconds" . | int) 1 }}
{{- fail (printf "pxeboot: config.drain.lameDuck leaves no time for transfers in terminationGracePeriodSeconds (%d); raise that" (int .Values.terminationGracePeriodSeconds)) }}
{{- end }}
{{- end }}
