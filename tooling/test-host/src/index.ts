export { freeTcpPort, freeUdpPorts } from './free-ports.js';
export { cannot, lacks, lacksFile, lacksRoot } from './missing.js';
export { followsLinks } from './followed-links.js';
