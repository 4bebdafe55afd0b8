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
{{- with include "pxeboot.tftpConfig" . | fromYaml }}
{{- $_ := set $computed "tftp" . }}
{{- end }}
{{- with include "pxeboot.advertise" . }}
{{- $_ := set $computed "advertise" . }}
{{- end }}
{{- if eq .Values.network.mode "service" }}
{{- $_ := set $computed.drain "lameDuck" (printf "%ss" (include "pxeboot.lameDuckSeconds" .)) }}
{{- end }}
{{- if or (eq .Values.kind "DaemonSet") (gt (int .Values.replicaCount) 1) }}
{{- $_ := set $computed "refresh" (dict "settle" "1m") }}
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
  "admin" (pick $config.admin "listen" "addressFile")
  "syslog" $config.syslog
  "proxyDhcp" $config.proxyDhcp
  "state" $config.state
) }}
{{- end }}

{{/* A key whose lines are all commented out is null, which means its default. */}}
{{- define "pxeboot.userConfig" -}}
{{- toYaml (.Values.config | default dict) }}
{{- end }}

{{/*
TFTP settings of a network mode. Behind NAT, the port in the pod may be an unprivileged one. Behind a load
balancer, an answer from a port other than 69 never reaches the machine: larger blocks and windows would need
one, and would only make it wait for its fallback.
*/}}
{{- define "pxeboot.tftpConfig" -}}
{{- if has .Values.network.mode (list "hostPort" "service") }}
listen: [auto:{{ include "pxeboot.tftpPort" . }}]
{{- end }}
{{- if eq .Values.network.mode "service" }}
maxBlockSize: 1428
maxWindowSize: 1
{{- end }}
{{- end }}

{{/* Base URL of boot HTTP; empty where the daemon knows it: the address that a machine sent its request to. */}}
{{- define "pxeboot.advertise" -}}
{{- if and (eq .Values.network.mode "service") .Values.network.service.address }}
{{- $address := .Values.network.service.address }}
{{- printf "http://%s:%d" (contains ":" $address | ternary (printf "[%s]" $address) $address) (int .Values.ports.http) }}
{{- end }}
{{- end }}

{{/* Port of TFTP in the pod. */}}
{{- define "pxeboot.tftpPort" -}}
{{- ternary 6969 69 (has .Values.network.mode (list "hostPort" "service")) }}
{{- end }}

{{/* Not empty if each pod uses ports of its node. */}}
{{- define "pxeboot.usesNodePorts" -}}
{{- if has .Values.network.mode (list "hostNetwork" "hostPort") }}true{{ end }}
{{- end }}

{{/* Not empty if `network.pod.networks`, a list or its JSON, names an address that two pods must not have at a time. */}}
{{- define "pxeboot.hasFixedAddress" -}}
{{- if eq .Values.network.mode "pod" }}
{{- $networks := .Values.network.pod.networks | default list }}
{{- if kindIs "string" $networks }}
{{- $networks = hasPrefix "[" (trim $networks) | ternary $networks "[]" | fromJsonArray }}
{{- end }}
{{- range $networks }}
{{- if and (kindIs "map" .) (or .ips .mac) }}true{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Five seconds of the grace period are left for shutdown after the last transfer. */}}
{{- define "pxeboot.drainSeconds" -}}
{{- sub (sub .Values.terminationGracePeriodSeconds 5) (include "pxeboot.lameDuckSeconds" . | int) }}
{{- end }}

{{/*
Time to accept new transfers after SIGTERM. A load balancer needs some seconds to learn that the pod is
stopping.
*/}}
{{- define "pxeboot.lameDuckSeconds" -}}
{{- $drain := (.Values.config | default dict).drain | default dict }}
{{- $default := ternary 5 0 (eq .Values.network.mode "service") }}
{{- hasKey $drain "lameDuck" | ternary $drain.lameDuck $default | toString | trimSuffix "s" | int }}
{{- end }}

{{- define "pxeboot.dataDir" -}}
/var/lib/pxeboot
{{- end }}

{{/*
A new pod cannot use the host's ports, a fixed address or a volume for one node before the old pod is gone, so a
surge pod would only wait. The user's strategy is used unchanged (_checks.tpl refuses one that cannot work).
Helm 4 uses server-side apply, under which an earlier release's `rollingUpdate` would remain alongside Recreate,
and Kubernetes would refuse that: null removes it.
*/}}
{{- define "pxeboot.updateStrategy" -}}
{{- if .Values.updateStrategy }}
{{- toYaml .Values.updateStrategy }}
{{- else if and (eq .Values.network.mode "service") (not (include "pxeboot.hasVolumeOfOneNode" .)) -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 1
  maxUnavailable: 0
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

{{/* Not empty if the pods' volume can be used on one node only. That of an existing claim is unknown. */}}
{{- define "pxeboot.hasVolumeOfOneNode" -}}
{{- with .Values.persistence }}
{{- if or (and (eq .type "claim") (not (has "ReadWriteMany" .claim.accessModes))) (eq .type "existingClaim") }}true{{ end }}
{{- end }}
{{- end }}
