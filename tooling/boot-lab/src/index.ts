// For labs that boot machines from daemons of their own.
export { readDaemonEvent, type DaemonEvent } from './daemon/daemon-event.js';
export { type DaemonUnderTest, type RunningDaemon } from './daemon/daemon-under-test.js';
export { biosVirtio } from './machine/firmware.js';
export { syslinuxDialect } from './menu/menu-dialect.js';
export { LAB_NETWORK } from './network/lab-network.js';
export { runLab } from './run-lab.js';
export { bios } from './scenario/bios.js';
export { addressed, IMAGE_DEADLINE_MS } from './scenario/installer-boot.js';
export { type Scenario } from './scenario/scenario.js';
export { type Boot } from './stage/boot.js';
export { captureFinished, filesReceived } from './stage/evidence-stages.js';
export { installerDialog, kernelOnSerial } from './stage/installer-stages.js';
export { entryChosen, menuShown } from './stage/menu-stages.js';
export { type Stage } from './stage/stage.js';
export { httpDownload, tftpTransfer } from './stage/transfer-stages.js';
