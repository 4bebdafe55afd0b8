{{/*
pxeboot.yaml: the user's config and the settings that follow from other values of the chart. The pod's
spec contains the ports as well, so they have one source.
*/}}
{{- define "pxeboot.config" -}}
{{- $computed := dict
  "dataDir" (include "pxeboot.dataDir" .)
  "http" (dict "listen" (list (printf "*:%d" (int .Values.ports.http))))
  "admin" (dict "listen" (list (printf "*:%d" (int .Values.ports.admin))))
  "syslog" (dict "listen" (list (printf "auto:%d" (int .Values.ports.syslog))))
  "drain" (dict "timeout" (printf "%ss" (include "pxeboot.drainSeconds" .)))
  "log" (dict "format" "json")
}}
{{- with .Values.admin.hosts }}
{{- $_ := set $computed.admin "hosts" . }}
{{- end }}
{{- with .Values.admin.grafanaUrl }}
{{- $_ := set $computed.admin "grafanaUrl" . }}
{{- end }}
{{- $user := include "pxeboot.userConfig" . | fromYaml }}
{{- if hasKey $user "syslog" }}
{{- $_ := unset $computed "syslog" }}
{{- end }}
{{- toYaml (mergeOverwrite $computed $user) }}
{{- end }}

{{/*
The part of pxeboot.yaml that only a restart changes: just this rolls the pods. The daemon reads the rest
again when the kubelet has replaced the mounted file.
*/}}
{{- define "pxeboot.restartConfig" -}}
{{- $config := include "pxeboot.config" . | fromYaml }}
{{- $tftp := $config.tftp | default dict }}
{{- toYaml (dict
  "dataDir" $config.dataDir
  "tftp" (omit $tftp "maxWindowSize" "quirks")
  "http" (pick $config.http "listen")
  "admin" (pick $config.admin "listen" "hosts")
  "syslog" $config.syslog
  "proxyDhcp" $config.proxyDhcp
  "state" $config.state
) }}
{{- end }}

{{/* A key whose lines are all commented out is null, which means its default. */}}
{{- define "pxeboot.userConfig" -}}
{{- toYaml (.Values.config | default dict) }}
{{- end }}

{{/* Five seconds of the grace period are left for shutdown after the last transfer. */}}
{{- define "pxeboot.drainSeconds" -}}
{{- $drain := (.Values.config | default dict).drain | default dict }}
{{- $lameDuck := toString ($drain.lameDuck | default 0) | trimSuffix "s" | int }}
{{- sub (sub .Values.terminationGracePeriodSeconds 5) $lameDuck }}
{{- end }}

{{- define "pxeboot.dataDir" -}}
/var/lib/pxeboot
{{- end }}

{{/*
A new pod cannot use the host's ports before the old pod is gone, so a surge pod would only wait. The
user's strategy is used unchanged (_checks.tpl refuses one that cannot work). Helm 4 uses
server-side apply, under which an earlier release's `rollingUpdate` would remain alongside Recreate, and
Kubernetes would refuse that: null removes it.
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
rollingUpdate: null
{{- end }}
{{- end }}
