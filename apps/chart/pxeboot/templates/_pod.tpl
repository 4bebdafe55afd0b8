{{/* The pod, as in the `template` of a Deployment or DaemonSet. */}}
{{- define "pxeboot.pod" -}}
metadata:
  labels:
    {{- include "pxeboot.podLabels" . | nindent 4 }}
  annotations:
    checksum/config: {{ include "pxeboot.restartConfig" . | sha256sum }}
    {{- if or .Values.admin.token .Values.admin.readToken }}
    checksum/token: {{ include "pxeboot.tokenChecksum" . | quote }}
    {{- end }}
    {{- if eq .Values.network.mode "pod" }}
    k8s.v1.cni.cncf.io/networks: {{ kindIs "string" .Values.network.pod.networks | ternary .Values.network.pod.networks (toJson .Values.network.pod.networks) | quote }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- if eq .Values.network.mode "hostNetwork" }}
  hostNetwork: true
  dnsPolicy: {{ .Values.dnsPolicy | default "ClusterFirstWithHostNet" }}
  {{- else }}
  dnsPolicy: {{ .Values.dnsPolicy | default "ClusterFirst" }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "pxeboot.serviceAccountName" . | quote }}
  automountServiceAccountToken: false
  # A Service named pxeboot would add PXEBOOT_... variables to the pod, which the daemon reads.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - {{ include "pxeboot.container" . | nindent 6 | trim }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "pxeboot.fullname" . }}
    - name: data
      {{- include "pxeboot.dataVolume" . | nindent 6 }}
    {{- with .Values.preseeds.existingSecret.name }}
    - name: preseeds
      secret:
        secretName: {{ . | quote }}
        # 0440, for the group of podSecurityContext.fsGroup.
        defaultMode: 288
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "pxeboot.container" -}}
name: pxeboot
image: {{ include "pxeboot.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [serve, --config, /etc/pxeboot/pxeboot.yaml]
{{- with include "pxeboot.env" . | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
# On the host network a container's port is the node's: the scheduler never puts two pods with the
# same port on one node.
ports:
  - name: tftp
    containerPort: {{ include "pxeboot.tftpPort" . }}
    {{- if eq .Values.network.mode "hostPort" }}
    hostPort: 69
    {{- end }}
    protocol: UDP
  - name: http
    containerPort: {{ .Values.ports.http }}
    {{- if eq .Values.network.mode "hostPort" }}
    hostPort: {{ .Values.ports.http }}
    {{- end }}
    protocol: TCP
  - name: admin
    containerPort: {{ .Values.ports.admin }}
    protocol: TCP
  {{- if include "pxeboot.hasSyslog" . }}
  - name: syslog
    containerPort: {{ .Values.ports.syslog }}
    {{- if eq .Values.network.mode "hostPort" }}
    hostPort: {{ .Values.ports.syslog }}
    {{- end }}
    protocol: UDP
  {{- end }}
startupProbe:
  httpGet:
    path: /livez
    port: admin
  {{- with .Values.probes.startup }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  {{- with .Values.probes.liveness }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  {{- with .Values.probes.readiness }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: config
    mountPath: /etc/pxeboot
    readOnly: true
  - name: data
    mountPath: {{ include "pxeboot.dataDir" . }}
  {{- if .Values.preseeds.existingSecret.name }}
  - name: preseeds
    mountPath: /etc/pxeboot-preseeds
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "pxeboot.env" -}}
{{- if include "pxeboot.advertisesNode" . }}
- name: NODE_ADDRESS
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
- name: PXEBOOT_ADVERTISE
  value: {{ printf (eq (join "," (.Values.service.ipFamilies | default list)) "IPv6" | ternary "http://[$(NODE_ADDRESS)]:%d" "http://$(NODE_ADDRESS):%d") (int .Values.ports.http) | quote }}
{{- end }}
{{- with include "pxeboot.tokenSecretKey" . }}
- name: PXEBOOT_ADMIN_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ include "pxeboot.tokenSecretName" $ | quote }}
      key: {{ . | quote }}
{{- end }}
{{- with include "pxeboot.readTokenSecretKey" . }}
- name: PXEBOOT_ADMIN_READ_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ include "pxeboot.tokenSecretName" $ | quote }}
      key: {{ . | quote }}
{{- end }}
{{- with .Values.database.existingSecret }}
{{- if .name }}
- name: PXEBOOT_STATE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .name | quote }}
      key: {{ .key | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Not empty if the daemon must learn the address of its node from Kubernetes: behind host ports it sees only the
pod's.
*/}}
{{- define "pxeboot.advertisesNode" -}}
{{- if and (eq .Values.network.mode "hostPort") (not (.Values.config | default dict).advertise) }}true{{ end }}
{{- end }}

{{/* Not empty if the daemon receives the logs of installers on ports.syslog. */}}
{{- define "pxeboot.hasSyslog" -}}
{{- if not (hasKey (include "pxeboot.userConfig" . | fromYaml) "syslog") }}true{{ end }}
{{- end }}

{{- define "pxeboot.dataVolume" -}}
{{- $persistence := .Values.persistence }}
{{- if eq $persistence.type "hostPath" -}}
hostPath:
  {{- toYaml $persistence.hostPath | nindent 2 }}
{{- else if has $persistence.type (list "claim" "existingClaim") -}}
persistentVolumeClaim:
  claimName: {{ $persistence.existingClaim | default (include "pxeboot.fullname" .) | quote }}
{{- else if $persistence.emptyDir.sizeLimit -}}
emptyDir:
  sizeLimit: {{ $persistence.emptyDir.sizeLimit }}
{{- else -}}
emptyDir: {}
{{- end }}
{{- end }}
