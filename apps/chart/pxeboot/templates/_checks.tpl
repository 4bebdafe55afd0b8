{{/*
Checks that the schema cannot express, or reports less helpfully. They also apply if the schema is skipped.
*/}}
{{- define "pxeboot.checks" -}}
{{- include "pxeboot.check.names" . }}
{{- include "pxeboot.check.network" . }}
{{- include "pxeboot.check.networkPolicy" . }}
{{- include "pxeboot.check.config" (.Values.config | default dict) }}
{{- include "pxeboot.check.passwords" (.Values.config | default dict) }}
{{- include "pxeboot.check.persistence" .Values.persistence }}
{{- include "pxeboot.check.claim" . }}
{{- include "pxeboot.check.updateStrategy" . }}
{{- include "pxeboot.check.ports" .Values.ports }}
{{- include "pxeboot.check.pod" . }}
{{- include "pxeboot.check.podAnnotations" . }}
{{- include "pxeboot.check.service" . }}
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

{{/* On the host network and with host ports no two pods share a node, so a volume of one node serves one pod. */}}
{{- define "pxeboot.check.claim" -}}
{{- $modes := .Values.persistence.claim.accessModes }}
{{- if eq .Values.persistence.type "claim" }}
{{- if and (has "ReadWriteOncePod" $modes) (gt (len $modes) 1) }}
{{- fail "pxeboot: persistence.claim.accessModes: Kubernetes allows ReadWriteOncePod only by itself; remove the others" }}
{{- end }}
{{- if and (not (has "ReadWriteMany" $modes)) (or (eq .Values.kind "DaemonSet") (gt (int .Values.replicaCount) 1)) }}
{{- fail (printf "pxeboot: persistence.claim.accessModes is %s, which several pods cannot share across nodes; set it to [ReadWriteMany], with a storage class that supports it" (join ", " $modes)) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Kubernetes rounds a percentage in `maxUnavailable` down. If that leaves no pod, and no surge pod can start, an
update never finishes. An existing claim is not refused: several nodes may be able to use it.
*/}}
{{- define "pxeboot.check.updateStrategy" -}}
{{- $strategy := .Values.updateStrategy | default dict }}
{{- $rolling := $strategy.rollingUpdate | default dict }}
{{- $isDeployment := eq .Values.kind "Deployment" }}
{{- $type := $strategy.type | default "RollingUpdate" }}
{{- if and $isDeployment (eq $type "OnDelete") }}
{{- fail "pxeboot: updateStrategy.type OnDelete needs kind DaemonSet; for a Deployment set it to Recreate or RollingUpdate" }}
{{- end }}
{{- if and (not $isDeployment) (eq $type "Recreate") }}
{{- fail "pxeboot: updateStrategy.type Recreate needs kind Deployment; for a DaemonSet set it to RollingUpdate or OnDelete" }}
{{- end }}
{{- if and $strategy.rollingUpdate (ne $type "RollingUpdate") }}
{{- fail (printf "pxeboot: updateStrategy.rollingUpdate is set, but the type is %s; set it to RollingUpdate" $type) }}
{{- end }}
{{- if and $strategy (eq $type "RollingUpdate") }}
{{- $given := toString (dig "maxUnavailable" (ternary "25%" "1" $isDeployment) $rolling) }}
{{- $pods := ternary (int .Values.replicaCount) 100 $isDeployment }}
{{- $most := ternary (div (mul (trimSuffix "%" $given | int) $pods) 100) (int $given) (hasSuffix "%" $given) }}
{{- $surge := toString (dig "maxSurge" (ternary "25%" "0" $isDeployment) $rolling) }}
{{- if include "pxeboot.hasFixedAddress" . }}
{{- fail "pxeboot: updateStrategy.type RollingUpdate starts a pod while the old one still has the fixed address of network.pod.networks; set it to Recreate" }}
{{- end }}
{{- if and (lt (int $most) 1) (gt $pods 0) (include "pxeboot.usesNodePorts" .) }}
{{- fail (printf "pxeboot: updateStrategy.rollingUpdate.maxUnavailable %s%s never finishes in network mode %s: a new pod waits for the ports of the old one; set it to 1" $given (ternary (printf " of %d pods" $pods) "" (hasSuffix "%" $given)) .Values.network.mode) }}
{{- end }}
{{- if and (lt (int $most) 1) (gt $pods 0) (ne .Values.persistence.type "existingClaim") (include "pxeboot.hasVolumeOfOneNode" .) }}
{{- fail (printf "pxeboot: updateStrategy.rollingUpdate.maxUnavailable %s%s never finishes if the new pod is on another node: it waits for the volume of the old one; set it to 1, or type to Recreate" $given (ternary (printf " of %d pods" $pods) "" (hasSuffix "%" $given))) }}
{{- end }}
{{- if and (lt (int $most) 1) (eq (trimSuffix "%" $surge | int) 0) }}
{{- fail "pxeboot: updateStrategy.rollingUpdate.maxSurge and maxUnavailable are both 0, so no pod can be replaced; set one to 1" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.ports" -}}
{{- if eq (int .http) (int .admin) }}
{{- fail (printf "pxeboot: ports.http and ports.admin are both %d; change one" (int .http)) }}
{{- end }}
{{- if has (int .syslog) (list 67 69 4011 6969) }}
{{- fail (printf "pxeboot: ports.syslog is %d, which TFTP or ProxyDHCP uses; change it" (int .syslog)) }}
{{- end }}
{{- end }}

{{/* The names of Services are stricter than those of releases. */}}
{{- define "pxeboot.check.names" -}}
{{- $name := include "pxeboot.fullname" . }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
{{- fail (printf "pxeboot: objects would be named %s, but the name of a Service begins with a letter and has only lower-case letters, digits and hyphens; set fullnameOverride" $name) }}
{{- end }}
{{- end }}

{{/* Each network mode has settings that cannot work in it. */}}
{{- define "pxeboot.check.network" -}}
{{- $mode := .Values.network.mode }}
{{- $config := .Values.config | default dict }}
{{- $tftp := $config.tftp | default dict }}
{{- $isTranslated := has $mode (list "hostPort" "service") }}
{{- $proxyDhcp := $config.proxyDhcp | default dict }}
{{- if and $proxyDhcp.enabled $isTranslated }}
{{- fail (printf "pxeboot: config.proxyDhcp cannot work in network mode %s: the broadcasts of machines do not reach the network of pods; set network.mode to hostNetwork, or to pod with Multus" $mode) }}
{{- end }}
{{- if and $proxyDhcp.enabled (eq $mode "pod") (not $proxyDhcp.interfaces) }}
{{- fail "pxeboot: config.proxyDhcp would answer on the interface with the default route, which is that of the cluster; name the one of the machines in config.proxyDhcp.interfaces, such as [net1]" }}
{{- end }}
{{- if $isTranslated }}
{{- if hasKey $tftp "listen" }}
{{- fail (printf "pxeboot: config.tftp.listen is set by the chart in network mode %s; remove it" $mode) }}
{{- end }}
{{- if eq (toString $tftp.singlePort) "false" }}
{{- fail (printf "pxeboot: config.tftp.singlePort false cannot work in network mode %s: NAT drops what does not come from port 69; remove it, or set network.mode to hostNetwork" $mode) }}
{{- end }}
{{- end }}
{{- $families := .Values.service.ipFamilies | default list }}
{{- if and (include "pxeboot.advertisesNode" .) (gt (len $families) 1) (eq (first $families | default "") "IPv6") }}
{{- fail "pxeboot: service.ipFamilies prefers IPv6, but menus in network mode hostPort name the node's address in Kubernetes, which may be IPv4; set config.advertise, or service.ipFamilies to [IPv4, IPv6]" }}
{{- end }}
{{- if and (eq $mode "service") (not .Values.network.service.address) (not $config.advertise) }}
{{- fail "pxeboot: network.mode is service, and a pod cannot find out the address of its load balancer; set network.service.address" }}
{{- end }}
{{- if and (ne $mode "service") .Values.network.service.address }}
{{- fail (printf "pxeboot: network.service.address is set, but network.mode is %s; set it to service" $mode) }}
{{- end }}
{{- if and (eq $mode "pod") (not .Values.network.pod.networks) }}
{{- fail "pxeboot: network.mode is pod; name the network of the machines, a NetworkAttachmentDefinition of Multus, in network.pod.networks" }}
{{- end }}
{{- if and (include "pxeboot.hasFixedAddress" .) (or (eq .Values.kind "DaemonSet") (gt (int .Values.replicaCount) 1)) }}
{{- fail "pxeboot: network.pod.networks has a fixed address, which several pods cannot share; set replicaCount to 1 and kind to Deployment, or remove ips and mac" }}
{{- end }}
{{- if and (ne $mode "pod") .Values.network.pod.networks }}
{{- fail (printf "pxeboot: network.pod.networks is set, but network.mode is %s; set it to pod" $mode) }}
{{- end }}
{{- if and (ne $mode "hostNetwork") (eq .Values.dnsPolicy "ClusterFirstWithHostNet") }}
{{- fail (printf "pxeboot: dnsPolicy ClusterFirstWithHostNet is for the host network, but network.mode is %s; remove it" $mode) }}
{{- end }}
{{- if and (eq $mode "service") (eq .Values.network.service.externalTrafficPolicy "Cluster") }}
{{- range $index, $host := $config.hosts }}
{{- if or (dig "match" "ip" "" $host) (dig "match" "subnet" "" $host) }}
{{- fail (printf "pxeboot: config.hosts[%d] matches an address, but with network.service.externalTrafficPolicy Cluster all machines have the addresses of nodes; set it to Local, or match the MAC address" $index) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.networkPolicy" -}}
{{- if and .Values.networkPolicy.enabled (eq .Values.network.mode "hostNetwork") }}
{{- fail "pxeboot: a NetworkPolicy has no effect on pods on the host network; set networkPolicy.enabled to false, or choose another network.mode" }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.service" -}}
{{- $annotations := .Values.service.annotations | default dict }}
{{- if has .Values.network.mode (list "service" "pod") }}
{{- range $key := list "external-dns.alpha.kubernetes.io/hostname" "external-dns.kubernetes.io/hostname" }}
{{- if hasKey $annotations $key }}
{{- fail (printf "pxeboot: service.annotations: %s would publish the addresses of pods in the cluster, which machines cannot reach; %s" $key (eq $.Values.network.mode "service" | ternary "set it in network.service.annotations" "remove it")) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq .Values.service.ipFamilyPolicy "SingleStack") (gt (len (.Values.service.ipFamilies | default list)) 1) }}
{{- fail "pxeboot: service.ipFamilies has two families, but service.ipFamilyPolicy is SingleStack; set it to PreferDualStack" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.service.enabled) }}
{{- fail "pxeboot: metrics.serviceMonitor needs the headless Service; set service.enabled to true, or use metrics.podMonitor" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "pxeboot: metrics.podMonitor and metrics.serviceMonitor would scrape each pod twice; keep one" }}
{{- end }}
{{- end }}

{{/* Names that must be unique in a pod: the API server, or Helm 4, refuses repetitions. */}}
{{- define "pxeboot.check.pod" -}}
{{- if and (eq .Values.dnsPolicy "None") (not (.Values.dnsConfig | default dict).nameservers) }}
{{- fail "pxeboot: dnsPolicy None needs dnsConfig.nameservers" }}
{{- end }}
{{- include "pxeboot.check.unique" (dict "key" "extraEnv" "items" (include "pxeboot.env" . | fromYamlArray) "field" "name") }}
{{- include "pxeboot.check.unique" (dict "key" "extraVolumes" "items" (concat (list (dict "name" "config") (dict "name" "data") (dict "name" "preseeds")) (.Values.extraVolumes | default list)) "field" "name") }}
{{- include "pxeboot.check.unique" (dict "key" "extraVolumeMounts" "items" (concat (list (dict "mountPath" "/etc/pxeboot") (dict "mountPath" "/etc/pxeboot-preseeds") (dict "mountPath" (include "pxeboot.dataDir" .))) (.Values.extraVolumeMounts | default list)) "field" "mountPath") }}
{{- include "pxeboot.check.unique" (dict "key" "extraContainers and initContainers" "items" (concat (list (dict "name" "pxeboot")) (.Values.extraContainers | default list) (.Values.initContainers | default list)) "field" "name") }}
{{- end }}

{{/* Annotations that the chart gives the pod itself: a repeated key is invalid YAML. */}}
{{- define "pxeboot.check.podAnnotations" -}}
{{- $annotations := .Values.podAnnotations | default dict }}
{{- range $key := list "checksum/config" "checksum/token" }}
{{- if hasKey $annotations $key }}
{{- fail (printf "pxeboot: podAnnotations: %s is set by the chart; remove it" $key) }}
{{- end }}
{{- end }}
{{- if and (eq .Values.network.mode "pod") (hasKey $annotations "k8s.v1.cni.cncf.io/networks") }}
{{- fail "pxeboot: podAnnotations: k8s.v1.cni.cncf.io/networks is set by the chart in network mode pod; add the network to network.pod.networks" }}
{{- end }}
{{- end }}

{{- define "pxeboot.check.unique" -}}
{{- $seen := list }}
{{- range .items }}
{{- $value := get . $.field }}
{{- if has $value $seen }}
{{- fail (printf "pxeboot: %s: %s %s is used twice, or by the chart itself; change it" $.key $.field $value) }}
{{- end }}
{{- $seen = append $seen $value }}
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
