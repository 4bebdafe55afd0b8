export interface paths {
    "/api/v1/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Addresses of the daemon, progress of downloads, and the rights of this request */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the daemon: its addresses, what it serves, and what the request may do */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Server"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Configuration in force, with the place where each key was set
         * @description Tokens, passwords in URLs, paths of hooks, profiles, and the values of variables are hidden.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the configuration in force, key by key */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Configuration"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Problems with this host that keep machines from booting
         * @description The local part of `pxeboot doctor`: network, addresses, ports, images, access.allow, disk and clock.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description findings of the last check of this host */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Doctor"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dhcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Configuration for each kind of DHCP server */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description configuration for each supported DHCP server */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DhcpServers"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Machines that booted, most recently seen first */
        get: {
            parameters: {
                query?: {
                    /** @description number of machines per page */
                    limit?: number;
                    /** @description value of `next` from the previous page */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description machines, most recently seen first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MachinePage"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/machines/{machine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One machine, by its MAC address, UUID or IP address */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    machine: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description machine with its boots */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Machine"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/boots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Boots, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description MAC address, UUID or IP address */
                    machine?: string;
                    /** @description booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these */
                    outcome?: "booting" | "installer" | "local" | "menu" | "failed";
                    firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
                    arch?: "amd64" | "arm64" | "i386";
                    /** @description rule that explains the failure */
                    rule?: string;
                    /** @description only boots that started at this time or later */
                    since?: string;
                    /** @description only boots that started before this time */
                    until?: string;
                    /** @description number of boots per page */
                    limit?: number;
                    /** @description value of `next` from the previous page */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description boots, newest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BootPage"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/boots/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One boot with its steps, diagnosis and evidence */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description boot with its steps and evidence */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Boot"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Numbers, durations and bytes of boots over time */
        get: {
            parameters: {
                query?: {
                    /** @description range of time up to now */
                    range?: "hour" | "day" | "week" | "month";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description numbers of boots over time */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Statistics"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hosts, with the state of their last installation */
        get: {
            parameters: {
                query?: {
                    /** @description number of hosts per page */
                    limit?: number;
                    /** @description value of `next` from the previous page */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description hosts: those of pxeboot.yaml first, then those added at run time */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HostPage"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Add a host */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description name of the machine */
                        name: string;
                        /** @description how to recognise the machine: mac, uuid, ip or subnet */
                        match: {
                            /** @description MAC address of the interface that boots */
                            mac?: string;
                            /** @description SMBIOS UUID */
                            uuid?: string;
                            /** @description IP address */
                            ip?: string;
                            /** @description subnet of its IP address */
                            subnet?: string;
                        };
                        /**
                         * @description menu, local (the local disk immediately), install (once, then local), or the id of an entry to start
                         * @default menu
                         */
                        boot?: string;
                        /** @description name of the profile that it is installed from */
                        profile?: string;
                        /** @description Debian release to offer; unset: all */
                        suite?: string;
                        /** @description architecture to offer; unset: all that its firmware can start */
                        arch?: string;
                        /** @description kernel arguments, added after those in kernelArgs */
                        kernelArgs?: string;
                        /** @description title of its boot menu */
                        title?: string;
                        /** @description values for templates */
                        variables?: {
                            [key: string]: string | number | boolean;
                        };
                        /** @description name of the person or program that makes the request, for the record */
                        by?: string;
                    };
                };
            };
            responses: {
                /** @description host with its last unattended installation */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Host"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One host */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description host with its last unattended installation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Host"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Remove a host that was added at run time, and cancel its installation */
        delete: {
            parameters: {
                query?: {
                    /** @description name of the person or program that makes the request, for the record */
                    by?: string;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the host that was removed */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description its name */
                            removed: string;
                        };
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a host that was added at run time */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            /** @description keys that are absent stay as they are; null unsets one */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description name of the person or program that makes the request, for the record */
                        by?: string;
                        /** @description how to recognise the machine: mac, uuid, ip or subnet */
                        match?: {
                            /** @description MAC address of the interface that boots */
                            mac?: string;
                            /** @description SMBIOS UUID */
                            uuid?: string;
                            /** @description IP address */
                            ip?: string;
                            /** @description subnet of its IP address */
                            subnet?: string;
                        };
                        /** @description menu, local (the local disk immediately), install (once, then local), or the id of an entry to start */
                        boot?: string;
                        profile?: string | null;
                        suite?: string | null;
                        arch?: string | null;
                        kernelArgs?: string | null;
                        title?: string | null;
                        /** @description variables by name; others stay as they are */
                        variables?: {
                            [key: string]: string | null;
                        };
                    };
                };
            };
            responses: {
                /** @description host with its last unattended installation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Host"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/hosts/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Last messages from a host's installer
         * @description Anyone who can send datagrams from the address of the machine can add messages. Secrets are hidden.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description last messages from the installer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HostLog"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profiles that hosts are installed from */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description profiles that hosts can be installed with */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Profiles"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{name}/preseed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preseed of a host and its problems
         * @description Needs admin.token, even on loopback, or the socket in dataDir: its commands may contain secrets.
         */
        get: {
            parameters: {
                query?: {
                    /** @description default: the profile of the host */
                    profile?: string;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the preseed of a host */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HostPreseed"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the token of the request does not allow this */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{name}/install": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Install a host at its next boot, once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description name of the person or program that makes the request, for the record */
                        by?: string;
                        /** @description default: the profile of the host */
                        profile?: string;
                        /** @default 0 */
                        retries?: number;
                    };
                };
            };
            responses: {
                /** @description the host, which will be installed at its next boot */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArmedHost"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{name}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel the installation of a host, or clear the result of its last installation */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description name of the person or program that makes the request, for the record */
                        by?: string;
                    };
                };
            };
            responses: {
                /** @description host with its last unattended installation */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Host"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Images with their age, proof, freshness and checks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description images, and the generation that they belong to */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Images"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refresh the images now */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description the refresh was started, or was already running */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RefreshStarted"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description the daemon cannot do this now */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Serve an earlier generation of images again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description id of the generation; the newest earlier one with different images if absent */
                        generation?: string;
                    };
                };
            };
            responses: {
                /** @description generation that is now served */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RolledBack"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/menu": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Menu that a machine would get now; the request has no effect on the machine */
        get: {
            parameters: {
                query?: {
                    /** @description boot loader that shows the menu */
                    loader?: "pxelinux" | "grub" | "ipxe" | "u-boot";
                    /** @description architecture of the machine; with ipxe, i386 is the build for BIOS */
                    arch?: "amd64" | "arm64" | "i386";
                    /** @description MAC address, UUID, IP address, or name of a host; any unknown machine if absent */
                    machine?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the menu as one boot loader shows it */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Menu"];
                    };
                };
                /** @description the request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description there is nothing with this name or id */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description not possible in the current state */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live events of boots, hosts and images (text/event-stream)
         * @description Events: `boot` {change, boot}, `hosts` {}: hosts or their installations have changed, `images` {type}, and `reset`: events were missed, so read the lists again. Send Last-Event-ID to resume. 503: too many clients.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    "last-event-id"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description events until the client disconnects */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description what is wrong, and what to do about it */
        ErrorInput: {
            /** @description what is wrong, in words */
            error: string;
            /** @description what to do about it */
            hint?: string;
            /** @description stable name of the error */
            code?: string;
        };
        /** @description the daemon: its addresses, what it serves, and what the request may do */
        ServerInput: {
            /** @description name of the host */
            name: string;
            version: string;
            access: {
                /**
                 * @description what this request may do
                 * @enum {string}
                 */
                rights: "read" | "full";
                /**
                 * @description allowed: this request could make changes; token: changes need admin.token; unavailable: admin.token is not set, so only the socket in dataDir accepts changes
                 * @enum {string}
                 */
                changes: "allowed" | "token" | "unavailable";
            };
            /** @description addresses at which machines reach this service, as address:port */
            tftp: string[];
            /** @description addresses at which machines reach this service, as address:port */
            http: string[];
            /** @description why firmware cannot use this server as it is, and what to do about it */
            obstacle?: string;
            /** @description interfaces with a ProxyDHCP service */
            proxyDhcp: {
                interface: string;
                /** @description IPv4 address of this server on the interface */
                address: string;
                /** @description other servers that answer DHCP clients */
                servers: {
                    /** @description IPv4 address */
                    address: string;
                    /** @description false: another ProxyDHCP service */
                    givesAddresses: boolean;
                    /**
                     * @description likely program, with its name in `pxeboot dhcp`
                     * @enum {string}
                     */
                    program?: "dnsmasq" | "isc" | "kea";
                    bootFiles: {
                        /** @description kind of client, as in UEFI x64 */
                        client: string;
                        file: string;
                    }[];
                    /** @description how it keeps machines from booting from this server, and what to do about it */
                    advice?: string;
                }[];
                /** @description machines that have not loaded the boot file they were offered */
                ignoring: {
                    /** @description MAC address, as in 52:54:00:12:34:56 */
                    mac: string;
                    /** @description boot file in the offer */
                    file: string;
                    /**
                     * Format: date-time
                     * @description time in UTC, ISO 8601
                     */
                    offeredAt: string;
                    /** @description what happened and what to do about it */
                    advice: string;
                }[];
            }[];
            /** @description admin.grafanaUrl */
            grafanaUrl?: string;
            fetch: {
                /**
                 * @description elsewhere: another process fetches into the same store
                 * @enum {string}
                 */
                state: "idle" | "fetching" | "failed" | "elsewhere";
                /** @description from 0 to 99 */
                percent?: number;
                /** @description most recently reported step */
                activity?: string;
                reason?: string;
                /**
                 * Format: date-time
                 * @description time of the next attempt
                 */
                retryAt?: string;
                /** @description progress of each image */
                rows?: {
                    title: string;
                    /** @description bytes */
                    received: number;
                    /** @description number of bytes, as far as known */
                    total: number;
                    /** @description bytes per second */
                    speed: number;
                }[];
            };
        };
        /** @description findings of the last check of this host */
        DoctorInput: {
            /**
             * Format: date-time
             * @description time of the last check; absent before the first one
             */
            checkedAt?: string;
            /** @description errors first */
            findings: {
                /** @description stable name of the finding */
                rule: string;
                /**
                 * @description error: the affected machines cannot boot; warning: some of them may not boot, or boot slowly
                 * @enum {string}
                 */
                severity: "error" | "warning";
                /** @description the problem */
                what: string;
                /** @description reason why it matters */
                why: string;
                /** @description remedy in one line */
                fix: string;
                /** @description observations that show the problem */
                evidence: string[];
            }[];
        };
        /** @description configuration for each supported DHCP server */
        DhcpServersInput: {
            /** @description IPv4 address of this server */
            address: string;
            servers: {
                /** @description name in `pxeboot dhcp` */
                name: string;
                title: string;
                /** @description configuration of this DHCP server */
                text: string;
            }[];
        };
        /** @description why a boot failed, and what to do about it */
        DiagnosisInput: {
            /** @description stable name of the rule */
            rule: string;
            cause: string;
            fix: string;
            /** @description requests that the rule is based on, one line each */
            evidence: string[];
        };
        /** @description one step of a boot */
        BootStepInput: {
            /** @enum {string} */
            name: "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed";
            /** @enum {string} */
            transport: "tftp" | "http";
            path: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            endedAt: string;
            /** @enum {string} */
            result: "delivered" | "interrupted" | "sizeOnly" | "notFound" | "refused" | "denied";
            /** @description number of fetches, not counting requests for only the size */
            fetches: number;
            /** @description bytes that the machine has received */
            bytes?: number;
            /** @description size of the file in bytes */
            size?: number;
            /** @description TFTP block size in bytes */
            blksize?: number;
            /** @description TFTP window in blocks */
            windowsize?: number;
        };
        /** @description step in an installer's log; the log is not authenticated */
        InstallerStepInput: {
            /** @description item of the installer's main menu, as in partman-base */
            item: string;
            /** @description description of the item */
            title: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            at: string;
            failed: boolean;
        };
        /** @description file that the machine requested but did not get */
        RefusedFileInput: {
            /** @enum {string} */
            transport: "tftp" | "http";
            path: string;
            /** @enum {string} */
            result: "delivered" | "interrupted" | "sizeOnly" | "notFound" | "refused" | "denied";
            reason?: string;
        };
        /** @description boot without its steps */
        BootSummaryInput: {
            id: string;
            /** @description IP address */
            address: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /**
             * @description booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these
             * @enum {string}
             */
            outcome: "booting" | "installer" | "local" | "menu" | "failed";
            /**
             * @description last step that was reached
             * @enum {string}
             */
            reached: "nothing" | "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed" | "installer";
            /** @description what happened, or what is wrong and how to fix it */
            sentence: string;
            /** @description last step of the installer */
            installerStep?: components["schemas"]["InstallerStepInput"];
            /** @description number of machines seen at this address within the same ten minutes, including this one */
            machinesAtAddress: number;
            /** @description false as long as every request may have been forged */
            proven: boolean;
            /** @description rule that explains the failure */
            rule?: string;
        };
        /** @description boot with its steps and evidence */
        BootInput: {
            id: string;
            /** @description IP address */
            address: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /**
             * @description booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these
             * @enum {string}
             */
            outcome: "booting" | "installer" | "local" | "menu" | "failed";
            /**
             * @description last step that was reached
             * @enum {string}
             */
            reached: "nothing" | "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed" | "installer";
            /** @description what happened, or what is wrong and how to fix it */
            sentence: string;
            /** @description last step of the installer */
            installerStep?: components["schemas"]["InstallerStepInput"];
            /** @description number of machines seen at this address within the same ten minutes, including this one */
            machinesAtAddress: number;
            /** @description false as long as every request may have been forged */
            proven: boolean;
            steps: components["schemas"]["BootStepInput"][];
            /** @description last steps of the installer */
            installer?: components["schemas"]["InstallerStepInput"][];
            /** @description SSH host keys of the installed system, as reported by the installer */
            hostKeys?: {
                /** @description type of the key, as in ED25519 */
                type: string;
                /** @description fingerprint, as in SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU */
                fingerprint: string;
            }[];
            /** @description most recent files that were not served */
            refused: components["schemas"]["RefusedFileInput"][];
            diagnosis?: components["schemas"]["DiagnosisInput"];
        };
        /** @description machine with its boots */
        MachineInput: {
            /** @description MAC address, UUID or IP address: the first one that is known */
            id: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @description newest first */
            addresses: string[];
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            firstSeenAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /** @description number of remembered boots */
            boots: number;
            lastBoot: components["schemas"]["BootSummaryInput"];
        };
        /** @description image with its age, proof and checks */
        ImageInput: {
            /** @enum {string} */
            suite: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
            /** @enum {string} */
            arch: "amd64" | "arm64" | "i386";
            /** @enum {string} */
            variant: "text" | "gtk";
            title: string;
            /** @description version of the release, as in 13.7 */
            version: string;
            /** @description dated build of the installer */
            build: string;
            kernelVersion: string;
            /** @description bytes of kernel and initrd */
            size: number;
            /**
             * @description list: signed through SHA256SUMS; package: signed through the netboot package; signed: signed by the archive, in an older store that does not record the kind of proof; tls: vouched for only by the server certificate; none: unsigned
             * @enum {string}
             */
            proof: "list" | "package" | "signed" | "tls" | "none";
            /**
             * Format: date-time
             * @description date of the InRelease that vouches for the image
             */
            releaseDate?: string;
            /**
             * Format: date-time
             * @description time when a refresh last found the image up to date
             */
            confirmedAt: string;
            /** @description seconds since confirmedAt */
            ageSeconds: number;
            /** @description firmware packages that are loaded with the image */
            firmware?: {
                /** @description size in bytes of the initrd with the packages */
                size: number;
                /** @description names of the packages */
                packages: string[];
            };
            /** @description true if the last refresh could not get the image and kept this one */
            carriedOver: boolean;
            /**
             * @description kernel modules in the archive; ok: available; last: available, but the archive also has a newer kernel; stale: no longer available, so the installer will stop; unknown: not checked
             * @enum {string}
             */
            modules: "ok" | "last" | "stale" | "unknown";
            /** @description true if a file is damaged and therefore not served */
            damaged: boolean;
            /** @description files of the installer, as they are served */
            files: {
                name: string;
                /** @description 64 lower-case hex digits */
                sha256: string;
                /** @description bytes */
                size: number;
            }[];
            /** @description true if the mirror's InRelease was older than one that had already passed the checks */
            olderThanSeen: boolean;
            /** @description warnings to read before installing the image */
            notes: string[];
        };
        /** @description the configuration in force, key by key */
        ConfigurationInput: {
            keys: {
                /** @description name of the key, as in tftp.singlePort */
                key: string;
                description: string;
                /** @description as written in the file; absent if unset or hidden */
                value?: unknown;
                /** @description where it was set: file:line, variable, flag, or default */
                source: string;
                /** @description true for a token that is set */
                hidden?: boolean;
                /** @description true if a new value takes effect only after a restart */
                restart: boolean;
            }[];
        };
        /** @description images, and the generation that they belong to */
        ImagesInput: {
            /** @description true if every file can be served */
            ready: boolean;
            /** @description id of the served generation */
            served?: string;
            images: components["schemas"]["ImageInput"][];
            refresh: {
                /** @description unset: this daemon does not refresh the store */
                source?: string;
                running: boolean;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                checkedAt?: string;
                /** @enum {string} */
                outcome?: "complete" | "partial" | "failed";
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                nextCheckAt?: string;
            };
            generations: {
                id: string;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                createdAt: string;
                current: boolean;
                images: {
                    /** @enum {string} */
                    suite: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
                    /** @enum {string} */
                    arch: "amd64" | "arm64" | "i386";
                    /** @enum {string} */
                    variant: "text" | "gtk";
                    /** @description version of the release */
                    version: string;
                    /** @description dated build of the installer */
                    build: string;
                    kernelVersion: string;
                    /** @description bytes of kernel and initrd */
                    size: number;
                    files: {
                        name: string;
                        /** @description 64 lower-case hex digits */
                        sha256: string;
                        /** @description bytes */
                        size: number;
                    }[];
                    /** @description firmware packages */
                    firmware: {
                        name: string;
                        version: string;
                    }[];
                }[];
                /** @description boot loaders, with their versions */
                loaders: {
                    name: string;
                    version: string;
                }[];
                /** @description extra entries */
                entries: {
                    id: string;
                    files: {
                        name: string;
                        /** @description 64 lower-case hex digits */
                        sha256: string;
                        /** @description bytes */
                        size: number;
                    }[];
                }[];
                /** @description total size of its files in bytes */
                bytes: number;
            }[];
        };
        /** @description numbers of boots over time */
        StatisticsInput: {
            /** @enum {string} */
            range: "hour" | "day" | "week" | "month";
            bucketSeconds: number;
            /** @description false: boots are forgotten when the daemon stops */
            isStored: boolean;
            /**
             * Format: date-time
             * @description start of the oldest remembered boot
             */
            since?: string;
            buckets: {
                /**
                 * Format: date-time
                 * @description start of the bucket
                 */
                at: string;
                booting: number;
                installer: number;
                local: number;
                menu: number;
                failed: number;
                /** @description median time from the first request until a machine has its kernel and initrd */
                medianSeconds?: number;
                slowestSeconds?: number;
                /** @description bytes that machines received over TFTP */
                tftpBytes: number;
                /** @description bytes that machines received over HTTP */
                httpBytes: number;
            }[];
        };
        /** @description the menu as one boot loader shows it */
        MenuInput: {
            /** @enum {string} */
            loader: "pxelinux" | "grub" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch: "amd64" | "arm64" | "i386";
            /** @description what starts automatically: menu (nothing), local, install, or the id of an entry */
            boot: string;
            /** @description host that the machine matches */
            host?: string;
            /** @enum {string} */
            matchedBy?: "mac" | "uuid" | "ip" | "subnet";
            /** @description file that the loader gets, with placeholders for the tokens of an installation */
            text: string;
            /** @description problems with the menu, such as parts that this loader cannot show */
            findings: string[];
        };
        /** @description the refresh was started, or was already running */
        RefreshStartedInput: {
            /** @enum {string} */
            status: "started" | "running";
        };
        /** @description generation that is now served */
        RolledBackInput: {
            /** @description id of the served generation */
            served: string;
        };
        /** @description boots, newest first */
        BootPageInput: {
            boots: components["schemas"]["BootSummaryInput"][];
            /**
             * @description true if the database currently cannot be read, so that items that are not in memory are missing
             * @constant
             */
            incomplete?: true;
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description machines, most recently seen first */
        MachinePageInput: {
            machines: components["schemas"]["MachineInput"][];
            /**
             * @description true if the database currently cannot be read, so that items that are not in memory are missing
             * @constant
             */
            incomplete?: true;
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description host with its last unattended installation */
        HostInput: {
            name: string;
            /** @description how the machine is recognised: exactly one of these */
            match: {
                /** @description MAC address, as in 52:54:00:12:34:56 */
                mac?: string;
                /** @description UUID of the machine */
                uuid?: string;
                /** @description IP address */
                ip?: string;
                subnet?: string;
            };
            /** @description menu, local, install, or the id of an entry */
            boot: string;
            profile?: string;
            /**
             * @description Debian release that the machine is offered; unset: all
             * @enum {string}
             */
            suite?: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
            /**
             * @description architecture that the machine is offered; unset: all
             * @enum {string}
             */
            arch?: "amd64" | "arm64" | "i386";
            /** @description kernel arguments, after those of all machines */
            kernelArgs?: string;
            /** @description title of its boot menu */
            title?: string;
            /** @description names of its variables, whose values are not shown */
            variables?: string[];
            /**
             * @description file: defined in pxeboot.yaml, and can be changed only there; state: added at run time
             * @enum {string}
             */
            source: "file" | "state";
            /** @description the last unattended installation */
            install?: {
                /** @enum {string} */
                state: "armed" | "started" | "installed" | "failed" | "expired" | "cancelled";
                profile: string;
                /** @description number of further installations that may start automatically */
                retries: number;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                expiresAt?: string;
                steps: {
                    /**
                     * Format: date-time
                     * @description time in UTC, ISO 8601
                     */
                    at: string;
                    /** @enum {string} */
                    state: "armed" | "started" | "installed" | "failed" | "expired" | "cancelled";
                    by: string;
                    note?: string;
                }[];
                /** @description SSH host keys of the installed system, as reported by the installer */
                hostKeys?: {
                    /** @description type of the key, as in ED25519 */
                    type: string;
                    /** @description fingerprint, as in SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU */
                    fingerprint: string;
                }[];
            };
        };
        /** @description profiles that hosts can be installed with */
        ProfilesInput: {
            profiles: {
                name: string;
                /** @description variables that a host needs for it, in addition to those that every host has */
                variables: string[];
                /** @description true if each installation gets a passphrase for its disk, shown once */
                makesPassphrase: boolean;
                /** @description number of hosts that use it */
                hosts: number;
            }[];
        };
        /** @description hosts: those of pxeboot.yaml first, then those added at run time */
        HostPageInput: {
            hosts: components["schemas"]["HostInput"][];
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description the host, which will be installed at its next boot */
        ArmedHostInput: {
            host: components["schemas"]["HostInput"];
            /** @description passphrase of the disk, if one was generated for this installation; not shown again */
            passphrase?: string;
            /** @description problems in the preseed, such as questions that the installer will still ask */
            findings: {
                /** @enum {string} */
                severity: "error" | "warning" | "note";
                code: string;
                message: string;
                fix?: string;
                line?: number;
                column?: number;
            }[];
        };
        /** @description the preseed of a host */
        HostPreseedInput: {
            /** @description the preseed without passwords or passphrases */
            text: string;
            /** @description problems, with line numbers that refer to the text */
            findings: {
                /** @enum {string} */
                severity: "error" | "warning" | "note";
                code: string;
                message: string;
                fix?: string;
                line?: number;
                column?: number;
            }[];
        };
        /** @description last messages from the installer */
        HostLogInput: {
            entries: {
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                at: string;
                /** @description from 0 (emergency) to 7 (debug) */
                severity: number;
                program: string;
                /** @description text of the message; may contain any character */
                text: string;
            }[];
            /** @description number of earlier messages that are no longer kept */
            forgotten: number;
        };
        /** @description what is wrong, and what to do about it */
        Error: {
            /** @description what is wrong, in words */
            error: string;
            /** @description what to do about it */
            hint?: string;
            /** @description stable name of the error */
            code?: string;
        };
        /** @description the daemon: its addresses, what it serves, and what the request may do */
        Server: {
            /** @description name of the host */
            name: string;
            version: string;
            access: {
                /**
                 * @description what this request may do
                 * @enum {string}
                 */
                rights: "read" | "full";
                /**
                 * @description allowed: this request could make changes; token: changes need admin.token; unavailable: admin.token is not set, so only the socket in dataDir accepts changes
                 * @enum {string}
                 */
                changes: "allowed" | "token" | "unavailable";
            };
            /** @description addresses at which machines reach this service, as address:port */
            tftp: string[];
            /** @description addresses at which machines reach this service, as address:port */
            http: string[];
            /** @description why firmware cannot use this server as it is, and what to do about it */
            obstacle?: string;
            /** @description interfaces with a ProxyDHCP service */
            proxyDhcp: {
                interface: string;
                /** @description IPv4 address of this server on the interface */
                address: string;
                /** @description other servers that answer DHCP clients */
                servers: {
                    /** @description IPv4 address */
                    address: string;
                    /** @description false: another ProxyDHCP service */
                    givesAddresses: boolean;
                    /**
                     * @description likely program, with its name in `pxeboot dhcp`
                     * @enum {string}
                     */
                    program?: "dnsmasq" | "isc" | "kea";
                    bootFiles: {
                        /** @description kind of client, as in UEFI x64 */
                        client: string;
                        file: string;
                    }[];
                    /** @description how it keeps machines from booting from this server, and what to do about it */
                    advice?: string;
                }[];
                /** @description machines that have not loaded the boot file they were offered */
                ignoring: {
                    /** @description MAC address, as in 52:54:00:12:34:56 */
                    mac: string;
                    /** @description boot file in the offer */
                    file: string;
                    /**
                     * Format: date-time
                     * @description time in UTC, ISO 8601
                     */
                    offeredAt: string;
                    /** @description what happened and what to do about it */
                    advice: string;
                }[];
            }[];
            /** @description admin.grafanaUrl */
            grafanaUrl?: string;
            fetch: {
                /**
                 * @description elsewhere: another process fetches into the same store
                 * @enum {string}
                 */
                state: "idle" | "fetching" | "failed" | "elsewhere";
                /** @description from 0 to 99 */
                percent?: number;
                /** @description most recently reported step */
                activity?: string;
                reason?: string;
                /**
                 * Format: date-time
                 * @description time of the next attempt
                 */
                retryAt?: string;
                /** @description progress of each image */
                rows?: {
                    title: string;
                    /** @description bytes */
                    received: number;
                    /** @description number of bytes, as far as known */
                    total: number;
                    /** @description bytes per second */
                    speed: number;
                }[];
            };
        };
        /** @description findings of the last check of this host */
        Doctor: {
            /**
             * Format: date-time
             * @description time of the last check; absent before the first one
             */
            checkedAt?: string;
            /** @description errors first */
            findings: {
                /** @description stable name of the finding */
                rule: string;
                /**
                 * @description error: the affected machines cannot boot; warning: some of them may not boot, or boot slowly
                 * @enum {string}
                 */
                severity: "error" | "warning";
                /** @description the problem */
                what: string;
                /** @description reason why it matters */
                why: string;
                /** @description remedy in one line */
                fix: string;
                /** @description observations that show the problem */
                evidence: string[];
            }[];
        };
        /** @description configuration for each supported DHCP server */
        DhcpServers: {
            /** @description IPv4 address of this server */
            address: string;
            servers: {
                /** @description name in `pxeboot dhcp` */
                name: string;
                title: string;
                /** @description configuration of this DHCP server */
                text: string;
            }[];
        };
        /** @description why a boot failed, and what to do about it */
        Diagnosis: {
            /** @description stable name of the rule */
            rule: string;
            cause: string;
            fix: string;
            /** @description requests that the rule is based on, one line each */
            evidence: string[];
        };
        /** @description one step of a boot */
        BootStep: {
            /** @enum {string} */
            name: "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed";
            /** @enum {string} */
            transport: "tftp" | "http";
            path: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            endedAt: string;
            /** @enum {string} */
            result: "delivered" | "interrupted" | "sizeOnly" | "notFound" | "refused" | "denied";
            /** @description number of fetches, not counting requests for only the size */
            fetches: number;
            /** @description bytes that the machine has received */
            bytes?: number;
            /** @description size of the file in bytes */
            size?: number;
            /** @description TFTP block size in bytes */
            blksize?: number;
            /** @description TFTP window in blocks */
            windowsize?: number;
        };
        /** @description step in an installer's log; the log is not authenticated */
        InstallerStep: {
            /** @description item of the installer's main menu, as in partman-base */
            item: string;
            /** @description description of the item */
            title: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            at: string;
            failed: boolean;
        };
        /** @description file that the machine requested but did not get */
        RefusedFile: {
            /** @enum {string} */
            transport: "tftp" | "http";
            path: string;
            /** @enum {string} */
            result: "delivered" | "interrupted" | "sizeOnly" | "notFound" | "refused" | "denied";
            reason?: string;
        };
        /** @description boot without its steps */
        BootSummary: {
            id: string;
            /** @description IP address */
            address: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /**
             * @description booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these
             * @enum {string}
             */
            outcome: "booting" | "installer" | "local" | "menu" | "failed";
            /**
             * @description last step that was reached
             * @enum {string}
             */
            reached: "nothing" | "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed" | "installer";
            /** @description what happened, or what is wrong and how to fix it */
            sentence: string;
            /** @description last step of the installer */
            installerStep?: components["schemas"]["InstallerStep"];
            /** @description number of machines seen at this address within the same ten minutes, including this one */
            machinesAtAddress: number;
            /** @description false as long as every request may have been forged */
            proven: boolean;
            /** @description rule that explains the failure */
            rule?: string;
        };
        /** @description boot with its steps and evidence */
        Boot: {
            id: string;
            /** @description IP address */
            address: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /**
             * @description booting: requests are still arriving; installer: the machine has the kernel and the initrd; local: its menu boots its local disk at once; menu: it is waiting for a choice or has booted its disk; failed: it stopped before reaching any of these
             * @enum {string}
             */
            outcome: "booting" | "installer" | "local" | "menu" | "failed";
            /**
             * @description last step that was reached
             * @enum {string}
             */
            reached: "nothing" | "loader" | "core" | "menu" | "kernel" | "initrd" | "preseed" | "early" | "late" | "installed" | "installer";
            /** @description what happened, or what is wrong and how to fix it */
            sentence: string;
            /** @description last step of the installer */
            installerStep?: components["schemas"]["InstallerStep"];
            /** @description number of machines seen at this address within the same ten minutes, including this one */
            machinesAtAddress: number;
            /** @description false as long as every request may have been forged */
            proven: boolean;
            steps: components["schemas"]["BootStep"][];
            /** @description last steps of the installer */
            installer?: components["schemas"]["InstallerStep"][];
            /** @description SSH host keys of the installed system, as reported by the installer */
            hostKeys?: {
                /** @description type of the key, as in ED25519 */
                type: string;
                /** @description fingerprint, as in SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU */
                fingerprint: string;
            }[];
            /** @description most recent files that were not served */
            refused: components["schemas"]["RefusedFile"][];
            diagnosis?: components["schemas"]["Diagnosis"];
        };
        /** @description machine with its boots */
        Machine: {
            /** @description MAC address, UUID or IP address: the first one that is known */
            id: string;
            /** @description MAC address, as in 52:54:00:12:34:56 */
            mac?: string;
            /** @description UUID of the machine */
            uuid?: string;
            /** @description newest first */
            addresses: string[];
            /** @enum {string} */
            firmware?: "bios" | "uefi" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch?: "amd64" | "arm64" | "i386";
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            firstSeenAt: string;
            /**
             * Format: date-time
             * @description time in UTC, ISO 8601
             */
            lastSeenAt: string;
            /** @description number of remembered boots */
            boots: number;
            lastBoot: components["schemas"]["BootSummary"];
        };
        /** @description image with its age, proof and checks */
        Image: {
            /** @enum {string} */
            suite: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
            /** @enum {string} */
            arch: "amd64" | "arm64" | "i386";
            /** @enum {string} */
            variant: "text" | "gtk";
            title: string;
            /** @description version of the release, as in 13.7 */
            version: string;
            /** @description dated build of the installer */
            build: string;
            kernelVersion: string;
            /** @description bytes of kernel and initrd */
            size: number;
            /**
             * @description list: signed through SHA256SUMS; package: signed through the netboot package; signed: signed by the archive, in an older store that does not record the kind of proof; tls: vouched for only by the server certificate; none: unsigned
             * @enum {string}
             */
            proof: "list" | "package" | "signed" | "tls" | "none";
            /**
             * Format: date-time
             * @description date of the InRelease that vouches for the image
             */
            releaseDate?: string;
            /**
             * Format: date-time
             * @description time when a refresh last found the image up to date
             */
            confirmedAt: string;
            /** @description seconds since confirmedAt */
            ageSeconds: number;
            /** @description firmware packages that are loaded with the image */
            firmware?: {
                /** @description size in bytes of the initrd with the packages */
                size: number;
                /** @description names of the packages */
                packages: string[];
            };
            /** @description true if the last refresh could not get the image and kept this one */
            carriedOver: boolean;
            /**
             * @description kernel modules in the archive; ok: available; last: available, but the archive also has a newer kernel; stale: no longer available, so the installer will stop; unknown: not checked
             * @enum {string}
             */
            modules: "ok" | "last" | "stale" | "unknown";
            /** @description true if a file is damaged and therefore not served */
            damaged: boolean;
            /** @description files of the installer, as they are served */
            files: {
                name: string;
                /** @description 64 lower-case hex digits */
                sha256: string;
                /** @description bytes */
                size: number;
            }[];
            /** @description true if the mirror's InRelease was older than one that had already passed the checks */
            olderThanSeen: boolean;
            /** @description warnings to read before installing the image */
            notes: string[];
        };
        /** @description the configuration in force, key by key */
        Configuration: {
            keys: {
                /** @description name of the key, as in tftp.singlePort */
                key: string;
                description: string;
                /** @description as written in the file; absent if unset or hidden */
                value?: unknown;
                /** @description where it was set: file:line, variable, flag, or default */
                source: string;
                /** @description true for a token that is set */
                hidden?: boolean;
                /** @description true if a new value takes effect only after a restart */
                restart: boolean;
            }[];
        };
        /** @description images, and the generation that they belong to */
        Images: {
            /** @description true if every file can be served */
            ready: boolean;
            /** @description id of the served generation */
            served?: string;
            images: components["schemas"]["Image"][];
            refresh: {
                /** @description unset: this daemon does not refresh the store */
                source?: string;
                running: boolean;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                checkedAt?: string;
                /** @enum {string} */
                outcome?: "complete" | "partial" | "failed";
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                nextCheckAt?: string;
            };
            generations: {
                id: string;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                createdAt: string;
                current: boolean;
                images: {
                    /** @enum {string} */
                    suite: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
                    /** @enum {string} */
                    arch: "amd64" | "arm64" | "i386";
                    /** @enum {string} */
                    variant: "text" | "gtk";
                    /** @description version of the release */
                    version: string;
                    /** @description dated build of the installer */
                    build: string;
                    kernelVersion: string;
                    /** @description bytes of kernel and initrd */
                    size: number;
                    files: {
                        name: string;
                        /** @description 64 lower-case hex digits */
                        sha256: string;
                        /** @description bytes */
                        size: number;
                    }[];
                    /** @description firmware packages */
                    firmware: {
                        name: string;
                        version: string;
                    }[];
                }[];
                /** @description boot loaders, with their versions */
                loaders: {
                    name: string;
                    version: string;
                }[];
                /** @description extra entries */
                entries: {
                    id: string;
                    files: {
                        name: string;
                        /** @description 64 lower-case hex digits */
                        sha256: string;
                        /** @description bytes */
                        size: number;
                    }[];
                }[];
                /** @description total size of its files in bytes */
                bytes: number;
            }[];
        };
        /** @description numbers of boots over time */
        Statistics: {
            /** @enum {string} */
            range: "hour" | "day" | "week" | "month";
            bucketSeconds: number;
            /** @description false: boots are forgotten when the daemon stops */
            isStored: boolean;
            /**
             * Format: date-time
             * @description start of the oldest remembered boot
             */
            since?: string;
            buckets: {
                /**
                 * Format: date-time
                 * @description start of the bucket
                 */
                at: string;
                booting: number;
                installer: number;
                local: number;
                menu: number;
                failed: number;
                /** @description median time from the first request until a machine has its kernel and initrd */
                medianSeconds?: number;
                slowestSeconds?: number;
                /** @description bytes that machines received over TFTP */
                tftpBytes: number;
                /** @description bytes that machines received over HTTP */
                httpBytes: number;
            }[];
        };
        /** @description the menu as one boot loader shows it */
        Menu: {
            /** @enum {string} */
            loader: "pxelinux" | "grub" | "ipxe" | "u-boot";
            /** @enum {string} */
            arch: "amd64" | "arm64" | "i386";
            /** @description what starts automatically: menu (nothing), local, install, or the id of an entry */
            boot: string;
            /** @description host that the machine matches */
            host?: string;
            /** @enum {string} */
            matchedBy?: "mac" | "uuid" | "ip" | "subnet";
            /** @description file that the loader gets, with placeholders for the tokens of an installation */
            text: string;
            /** @description problems with the menu, such as parts that this loader cannot show */
            findings: string[];
        };
        /** @description the refresh was started, or was already running */
        RefreshStarted: {
            /** @enum {string} */
            status: "started" | "running";
        };
        /** @description generation that is now served */
        RolledBack: {
            /** @description id of the served generation */
            served: string;
        };
        /** @description boots, newest first */
        BootPage: {
            boots: components["schemas"]["BootSummary"][];
            /**
             * @description true if the database currently cannot be read, so that items that are not in memory are missing
             * @constant
             */
            incomplete?: true;
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description machines, most recently seen first */
        MachinePage: {
            machines: components["schemas"]["Machine"][];
            /**
             * @description true if the database currently cannot be read, so that items that are not in memory are missing
             * @constant
             */
            incomplete?: true;
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description host with its last unattended installation */
        Host: {
            name: string;
            /** @description how the machine is recognised: exactly one of these */
            match: {
                /** @description MAC address, as in 52:54:00:12:34:56 */
                mac?: string;
                /** @description UUID of the machine */
                uuid?: string;
                /** @description IP address */
                ip?: string;
                subnet?: string;
            };
            /** @description menu, local, install, or the id of an entry */
            boot: string;
            profile?: string;
            /**
             * @description Debian release that the machine is offered; unset: all
             * @enum {string}
             */
            suite?: "trixie" | "bookworm" | "bullseye" | "forky" | "sid" | "buster" | "stretch";
            /**
             * @description architecture that the machine is offered; unset: all
             * @enum {string}
             */
            arch?: "amd64" | "arm64" | "i386";
            /** @description kernel arguments, after those of all machines */
            kernelArgs?: string;
            /** @description title of its boot menu */
            title?: string;
            /** @description names of its variables, whose values are not shown */
            variables?: string[];
            /**
             * @description file: defined in pxeboot.yaml, and can be changed only there; state: added at run time
             * @enum {string}
             */
            source: "file" | "state";
            /** @description the last unattended installation */
            install?: {
                /** @enum {string} */
                state: "armed" | "started" | "installed" | "failed" | "expired" | "cancelled";
                profile: string;
                /** @description number of further installations that may start automatically */
                retries: number;
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                expiresAt?: string;
                steps: {
                    /**
                     * Format: date-time
                     * @description time in UTC, ISO 8601
                     */
                    at: string;
                    /** @enum {string} */
                    state: "armed" | "started" | "installed" | "failed" | "expired" | "cancelled";
                    by: string;
                    note?: string;
                }[];
                /** @description SSH host keys of the installed system, as reported by the installer */
                hostKeys?: {
                    /** @description type of the key, as in ED25519 */
                    type: string;
                    /** @description fingerprint, as in SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU */
                    fingerprint: string;
                }[];
            };
        };
        /** @description profiles that hosts can be installed with */
        Profiles: {
            profiles: {
                name: string;
                /** @description variables that a host needs for it, in addition to those that every host has */
                variables: string[];
                /** @description true if each installation gets a passphrase for its disk, shown once */
                makesPassphrase: boolean;
                /** @description number of hosts that use it */
                hosts: number;
            }[];
        };
        /** @description hosts: those of pxeboot.yaml first, then those added at run time */
        HostPage: {
            hosts: components["schemas"]["Host"][];
            /** @description cursor of the next page; absent on the last one */
            next?: string;
        };
        /** @description the host, which will be installed at its next boot */
        ArmedHost: {
            host: components["schemas"]["Host"];
            /** @description passphrase of the disk, if one was generated for this installation; not shown again */
            passphrase?: string;
            /** @description problems in the preseed, such as questions that the installer will still ask */
            findings: {
                /** @enum {string} */
                severity: "error" | "warning" | "note";
                code: string;
                message: string;
                fix?: string;
                line?: number;
                column?: number;
            }[];
        };
        /** @description the preseed of a host */
        HostPreseed: {
            /** @description the preseed without passwords or passphrases */
            text: string;
            /** @description problems, with line numbers that refer to the text */
            findings: {
                /** @enum {string} */
                severity: "error" | "warning" | "note";
                code: string;
                message: string;
                fix?: string;
                line?: number;
                column?: number;
            }[];
        };
        /** @description last messages from the installer */
        HostLog: {
            entries: {
                /**
                 * Format: date-time
                 * @description time in UTC, ISO 8601
                 */
                at: string;
                /** @description from 0 (emergency) to 7 (debug) */
                severity: number;
                program: string;
                /** @description text of the message; may contain any character */
                text: string;
            }[];
            /** @description number of earlier messages that are no longer kept */
            forgotten: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
