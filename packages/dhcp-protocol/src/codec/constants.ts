/** UDP port of DHCP servers and relays (RFC 2131 §4.1). */
export const DHCP_SERVER_PORT = 67;

/** UDP port of DHCP clients (RFC 2131 §4.1). */
export const DHCP_CLIENT_PORT = 68;

/** UDP port of PXE boot servers, and of a ProxyDHCP service alongside a DHCP server (PXE 2.1 §2.2). */
export const PXE_BOOT_SERVER_PORT = 4011;

/** Size of the fixed fields and the magic cookie in bytes: the options start here (RFC 2131 §2). */
export const OPTIONS_OFFSET = 240;

/** Smallest message that every BOOTP relay and client accepts, in bytes (RFC 1542 §2.1). */
export const MIN_MESSAGE_BYTES = 300;

/** Largest message that fits in a UDP datagram, in bytes. */
export const MAX_MESSAGE_BYTES = 65_507;

/** Address that means "none" in the fixed fields. */
export const NO_ADDRESS = '0.0.0.0';

/** Values of option 53 (RFC 2132 §9.6). */
export const MessageType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Codes of the options that matter for network boot. */
export const OptionCode = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  maxMessageSize: 57,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  relayAgentInformation: 82,
  clientArchitecture: 93,
  clientNetworkInterface: 94,
  clientMachineIdentifier: 97,
  tftpServerAddress: 150,
  ipxe: 175,
  end: 255,
} as const;

/** Sub-options of option 43 in messages from PXE clients and servers (PXE 2.1 §2.4). */
export const PxeOptionCode = {
  discoveryControl: 6,
  discoveryMulticastAddress: 7,
  bootServers: 8,
  bootMenu: 9,
  menuPrompt: 10,
  bootItem: 71,
} as const;

/** Bits of the PXE discovery control (PXE 2.1 §2.4, tag 6). */
export const DiscoveryControl = {
  noBroadcast: 1,
  noMulticast: 2,
  listedServersOnly: 4,
  /** Load the boot file that the offer names, without a menu, a prompt or boot server discovery. */
  useBootFile: 8,
} as const;

/** Sub-options of option 175 (iPXE); a feature is present if its value is not 0. */
export const IpxeOptionCode = {
  pxeExtensions: 16,
  iscsi: 17,
  aoe: 18,
  http: 19,
  https: 20,
  tftp: 21,
  ftp: 22,
  dns: 23,
  bzImage: 24,
  multiboot: 25,
  slam: 26,
  srp: 27,
  nbi: 32,
  pxe: 33,
  elf: 34,
  comboot: 35,
  efi: 36,
  fcoe: 37,
  vlan: 38,
  menu: 39,
  sdi: 40,
  nfs: 41,
  noPxeDhcp: 176,
  busId: 177,
  version: 235,
} as const;
