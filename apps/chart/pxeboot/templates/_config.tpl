{{/*
pxeboot.yaml: the user's config, and what follows from the chart's other values. The ports stand
in the pod's spec too, so one place decides them. Five seconds of the grace period are for the end
after the last transfer.
*/}}
{{- define "pxeboot.config" -}}
{{- $computed := dict
  "dataDir" (include "pxeboot.dataDir" .)
  "http" (dict "listen" (list (printf "*:%d" (int .Values.ports.http))))
  "admin" (dict "listen" (list (printf "*:%d" (int .Values.ports.admin))))
  "drain" (dict "timeout" (printf "%ds" (sub .Values.terminationGracePeriodSeconds 5)))
  "log" (dict "format" "json")
}}
{{- toYaml (mergeOverwrite $computed (include "pxeboot.userConfig" . | fromYaml)) }}
{{- end }}

{{/* A key whose lines are all commented out is null, and stands for its default. */}}
{{- define "pxeboot.userConfig" -}}
{{- toYaml (.Values.config | default dict) }}
{{- end }}

{{- define "pxeboot.dataDir" -}}
/var/lib/pxeboot
{{- end }}

{{/*
A pod that leaves the host's ports must be gone before the next can take them: a surge could only
wait. A strategy of the user's is taken as it is (_checks.tpl refuses the one that cannot work).
*/}}
{{- define "pxeboot.updateStrategy" -}}
{{- if .Values.updateStrategy }}
{{- toYaml .Values.updateStrategy }}
{{- else if gt (int .Values.replicaCount) 1 -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 0
  maxUnavailable: 1
{{- else -}}
type: Recreate
{{- end }}
{{- end }}
