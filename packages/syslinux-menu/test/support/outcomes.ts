import { type Menu, unattendedBoot } from '../../src/index.js';

/** Entry that a menu boots if nobody presses a key, and the seconds until then. */
export type Outcome = { readonly id: string; readonly seconds: number } | 'waits';

/** Firmware that a script runs on. */
export type Platform = 'pc' | 'efi';

/** Returns the outcome according to the model. */
export function modelOutcome(menu: Menu): Outcome {
  const boot = unattendedBoot(menu);
  return boot === undefined ? 'waits' : { id: boot.entry.id, seconds: boot.seconds };
}

/** An entry of GRUB's menu, or a submenu. */
interface GrubItem {
  readonly id: string;
  readonly items: GrubItem[];
}

/** Returns the outcome of a `grub.cfg` in GRUB: `default` and `timeout` decide (grub-core/normal/menu.c). */
export function grubOutcome(script: string, platform: Platform): Outcome {
  const variables = new Map<string, string>();
  const root: GrubItem = { id: '', items: [] };
  const open: (GrubItem | undefined)[] = [root];
  let isSkipped = false;
  for (const line of script.split('\n').map((text) => text.trim())) {
    // The commands inside entries are not run.
    const isInEntry = open.at(-1) === undefined;
    const head = /^(menuentry|submenu) .*--id '([^']*)'.* \{$/.exec(
      line.replaceAll(String.raw`'\''`, ''),
    );
    if (line === '}') {
      open.pop();
    } else if (isInEntry) {
      continue;
    } else if (line === 'if [ "$grub_platform" = pc ]; then') {
      isSkipped = platform !== 'pc';
    } else if (line === 'else') {
      isSkipped = !isSkipped;
    } else if (line === 'fi') {
      isSkipped = false;
    } else if (head !== null) {
      const item: GrubItem = { id: head[2] ?? '', items: [] };
      if (!isSkipped) {
        open.at(-1)?.items.push(item);
      }
      open.push(head[1] === 'submenu' ? item : undefined);
    } else if (!isSkipped) {
      const set = /^set (default|timeout)='?([^']*)'?$/.exec(line);
      if (set !== null) {
        variables.set(set[1] ?? '', set[2] ?? '');
      }
    }
  }
  const seconds = Number(variables.get('timeout') ?? '-1');
  if (seconds < 0) {
    return 'waits';
  }
  let item = root;
  for (const number of (variables.get('default') ?? '0').split('>')) {
    const next = item.items[Number(number)];
    if (next === undefined) {
      return 'waits';
    }
    item = next;
  }
  return { id: item.id, seconds };
}

/** Returns the outcome of a script in iPXE (ipxe.org/cmd); only the commands that we write are supported. */
export function ipxeOutcome(script: string, platform: Platform, ids: ReadonlySet<string>): Outcome {
  const lines = script.split('\n');
  const variables = new Map([['platform', platform === 'pc' ? 'pcbios' : 'efi']]);
  let [at, seconds] = [0, 0];
  let items: string[] = [];
  const expand = (text: string): string =>
    text.replaceAll(/\$\{([^}]*)\}/g, (_all, name: string) => variables.get(name) ?? '');
  const goTo = (label: string): void => {
    at = lines.indexOf(`:${label}`);
  };
  for (let steps = 0; steps < 10_000 && at < lines.length; steps += 1) {
    const line = lines[at] ?? '';
    at += 1;
    const label = /^:(.*)$/.exec(line)?.[1];
    if (label !== undefined && ids.has(label)) {
      return { id: label, seconds };
    }
    const commands = line.split(/ (&&|\|\|)(?: |$)/);
    let isOk = true;
    for (let index = 0; index < commands.length; index += 2) {
      const operator = commands[index - 1];
      if ((operator === '&&' && !isOk) || (operator === '||' && isOk)) {
        continue;
      }
      const words = (commands[index] ?? '').split(' ').map(expand);
      const [name = '', first = '', second = ''] = words;
      isOk = true;
      if (name === 'menu') {
        items = [];
      } else if (name === 'set') {
        variables.set(first, second);
      } else if (name === 'isset') {
        isOk = first !== '';
      } else if (name === 'iseq') {
        isOk = first === second;
      } else if (name === 'goto') {
        goTo(first);
      } else if (name === 'item') {
        const rest = words.slice(first === '--key' ? 3 : 1);
        if (rest[0] !== '--gap') {
          items.push(rest[0] ?? '');
        }
      } else if (name === 'prompt') {
        seconds += Number(second) / 1000;
        isOk = false;
      } else if (name === 'choose') {
        const option = (flag: string): string | undefined => {
          const position = words.indexOf(flag);
          return position < 0 ? undefined : words[position + 1];
        };
        const wait = Number(option('--timeout') ?? '0');
        if (wait === 0) {
          return 'waits';
        }
        seconds += wait / 1000;
        const preset = option('--default');
        const chosen = preset !== undefined && items.includes(preset) ? preset : items[0];
        variables.set('selected', chosen ?? '');
      }
    }
  }
  return 'waits';
}
