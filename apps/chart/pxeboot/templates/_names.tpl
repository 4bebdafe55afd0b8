{{- define "pxeboot.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* 52 characters leave room for "-boot-test" and stay within a label's 63. */}}
{{- define "pxeboot.fullname" -}}
{{- $name := .Values.fullnameOverride }}
{{- if not $name }}
{{- $chart := include "pxeboot.name" . }}
{{- $name = ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) }}
{{- end }}
{{- $name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "pxeboot.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "pxeboot.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "pxeboot.tokenSecretName" -}}
{{- .Values.admin.existingSecret.name | default (printf "%s-admin" (include "pxeboot.fullname" .)) }}
{{- end }}

{{/* Empty if no token is set. */}}
{{- define "pxeboot.tokenSecretKey" -}}
{{- if .Values.admin.existingSecret.name }}
{{- .Values.admin.existingSecret.key }}
{{- else if .Values.admin.token }}
{{- print "token" }}
{{- end }}
{{- end }}

{{/* Empty if no read-only token is set. */}}
{{- define "pxeboot.readTokenSecretKey" -}}
{{- if .Values.admin.existingSecret.name }}
{{- .Values.admin.existingSecret.readKey }}
{{- else if .Values.admin.readToken }}
{{- print "readToken" }}
{{- end }}
{{- end }}

{{- define "pxeboot.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/*
Labels that select the pods. A Deployment's selector is immutable, so they contain no version.
*/}}
{{- define "pxeboot.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pxeboot.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{/* Labels of the pods, without a version: a new chart with the same pods must not roll them. */}}
{{- define "pxeboot.podLabels" -}}
{{- $own := include "pxeboot.selectorLabels" . | fromYaml }}
{{- toYaml (mergeOverwrite dict (.Values.commonLabels | default dict) (.Values.podLabels | default dict) $own) }}
{{- end }}

{{/* Labels of every other object. */}}
{{- define "pxeboot.labels" -}}
{{- include "pxeboot.labelsWith" (list . dict) }}
{{- end }}

{{/*
Those labels with others of the object: a list of the root and these. They replace common ones of the same name; a
repeated key would be invalid YAML.
*/}}
{{- define "pxeboot.labelsWith" -}}
{{- $more := last . | default dict }}
{{- with first . }}
{{- $own := include "pxeboot.selectorLabels" . | fromYaml }}
{{- $release := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
}}
{{- toYaml (mergeOverwrite dict (.Values.commonLabels | default dict) $more $release $own) }}
{{- end }}
{{- end }}

{{/*
Value in a pod that changes with the token. More people can read pods than Secrets, so it must not
confirm a guess of the token: it is 16 bits of a slow hash (scrypt), which one guess in 65,536 matches.
*/}}
{{- define "pxeboot.tokenChecksum" -}}
{{- derivePassword 1 "maximum" (print .Values.admin.token .Values.admin.readToken) .Release.Name .Release.Namespace | sha256sum | trunc 4 }}
{{- end }}
