import { type ServerConfig } from '../../config/schema.js';
import { type RunningDaemon } from '../../daemon.js';
import { advertisedAddress, ownAddress } from '../../dhcp/own-address.js';
import { type LogScreen } from '../../log/logger.js';
import { type Terminal } from '../terminal.js';
import { followDaemon } from './panel-state.js';
import { createPanel } from './panel.js';

/** Panel of `pxeboot serve`, which shows only the log until the daemon is running. */
export interface ServePanel extends LogScreen {
  /**
   * Shows a daemon until the panel is closed. Once `stopping` is aborted, the panel shows that the daemon is
   * stopping.
   */
  show(daemon: Pick<RunningDaemon, 'view'>, stopping: AbortSignal): void;
}

export async function openServePanel(
  config: ServerConfig,
  screen: NodeJS.WriteStream,
  env: Terminal['env'],
): Promise<ServePanel> {
  const panel = createPanel(screen, env);
  const address = advertisedAddress(config) ?? (await ownAddress());
  return {
    print: (line) => {
      panel.print(line);
    },
    close: (timeoutMs) => panel.close(timeoutMs),
    show({ view }, stopping) {
      const state = followDaemon(view, { config, address, env });
      panel.show(() => state(stopping.aborted));
    },
  };
}
