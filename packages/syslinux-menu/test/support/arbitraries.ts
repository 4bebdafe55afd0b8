import fc from 'fast-check';

import {
  type BackEntry,
  type BootEntry,
  COLOR_NAMES,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type Menu,
  type MenuItem,
  type MenuTheme,
  type Submenu,
  SYSTEM_INFO,
  type SystemInfo,
  walkItems,
} from '../../src/index.js';

/** Returns records that may lack the properties that are not required, as in the model. */
function record<T>(
  model: {
    [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>>;
  },
  required: (keyof T)[],
): fc.Arbitrary<T> {
  return fc.record(model, { requiredKeys: required });
}

function charsOf(from: string, to: string, without = ''): string[] {
  const chars: string[] = [];
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += 1) {
    const char = String.fromCharCode(code);
    if (!without.includes(char)) {
      chars.push(char);
    }
  }
  return chars;
}

const printable = charsOf(' ', '~');

function textOf(chars: readonly string[], maxLength = 24): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...chars), { minLength: 1, maxLength })
    .map((list) => list.join('').trim())
    .filter((text) => text !== '');
}

const label = textOf([...charsOf(' ', '~', '^'), 'é', '日']);
const line = textOf(printable, 40);
const word = textOf(charsOf('!', '~', ',#'), 16);
const path = fc.oneof(
  word.map((name) => `/${name}`),
  fc.constantFrom(
    'vmlinuz',
    'debian-installer/amd64/initrd.gz',
    'http://h:1/a+b%2B',
    'boot/memdisk',
    'x.kpxe',
    '::a/b',
    '192.0.2.1::c',
  ),
);
const args = fc
  .oneof(fc.constant(''), line)
  .filter((text) => text !== '-' && !/(?:^| )initrd=/i.test(text));
const nonEmptyArgs = args.filter((text) => text !== '');
const help = fc
  .array(
    fc.oneof(
      fc.constant(''),
      line.map((text) => `  ${text} `),
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.join('\n'))
  .filter((text) => !text.split('\n').some((part) => /^endtext/i.test(part.trim())));
const hash = fc.constantFrom('$1$salt$hash', '$4$c2FsdA==', '$5$r$h', '$6$rounds=5000$s$h/.');
const argb = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map((value) => `#${value.toString(16).padStart(8, '0')}`);

const color = record<ElementColor>(
  {
    ansi: fc.constantFrom('37;44', '1;7;37;40', '0'),
    foreground: argb,
    background: argb,
    shadow: fc.constantFrom('none', 'std', 'all', 'rev'),
  },
  [],
).filter((value) => Object.keys(value).length > 0);

function someOf<K extends string, V>(
  keys: readonly K[],
  value: fc.Arbitrary<V>,
): fc.Arbitrary<Partial<Record<K, V>>> {
  return fc
    .array(fc.tuple(fc.constantFrom(...keys), value), { minLength: 1, maxLength: 4 })
    .map((pairs) => Object.fromEntries(pairs) as Partial<Record<K, V>>);
}

const message = fc.oneof(fc.constant(''), line);

const theme: fc.Arbitrary<MenuTheme> = record<MenuTheme>(
  {
    background: fc.oneof(argb, path),
    colors: someOf(COLOR_NAMES, color),
    layout: someOf(LAYOUT_PARAMETERS, fc.integer({ min: -30, max: 90 })),
    tabMessage: message,
    noTabMessage: message,
    autobootMessage: message,
    passwordPrompt: message,
  },
  [],
).filter((value) => Object.keys(value).length > 0);

/** Properties of every entry; ids and hotkeys are assigned when the menu is complete. */
const base = {
  id: fc.constant(''),
  label,
  hotkey: fc.nat(),
  help,
  disabled: fc.constant(true),
  indent: fc.integer({ min: 1, max: 40 }),
  passwordHash: hash,
};

/**
 * Item without the properties that a syslinux file cannot express, so that parsing a rendered menu yields the
 * same menu.
 */
type Draft<T> = Omit<T, 'hotkey' | 'isUnsignedEfi'> & { readonly hotkey?: number };

type DraftEntry<K> = Draft<Extract<BootEntry | BackEntry, { readonly type: K }>>;

/** Removes properties that are not valid with the method. */
function localEntry(entry: DraftEntry<'local'>): DraftEntry<'local'> {
  const { drive, partition, options, ...rest } = entry;
  if (entry.method !== 'chain') {
    const takesDrive = entry.method === undefined && drive !== undefined;
    return takesDrive ? { ...rest, drive } : rest;
  }
  return {
    ...rest,
    ...(drive === undefined ? {} : { drive }),
    ...(drive === undefined || partition === undefined ? {} : { partition }),
    ...(options === undefined ? {} : { options }),
  };
}

const systemInfo = fc
  .subarray(Object.keys(SYSTEM_INFO) as SystemInfo[], { minLength: 1 })
  .filter((names) => names.length > 0);

const bootEntry = fc.oneof(
  record<DraftEntry<'linux'>>(
    {
      ...base,
      type: fc.constant('linux'),
      kernel: path,
      initrd: fc.array(path, { minLength: 1, maxLength: 3 }),
      args: nonEmptyArgs,
      deviceTree: path,
      deviceTreeDir: path,
      deviceTreeOverlays: fc.array(path, { minLength: 1, maxLength: 2 }),
      appendBootif: fc.constant(true),
      systemInfo,
    },
    ['id', 'label', 'type', 'kernel'],
  ),
  record<DraftEntry<'local'>>(
    {
      ...base,
      type: fc.constant('local'),
      method: fc.constantFrom('keep-undi', 'keep-pxe', 'next-device', 'chain'),
      drive: fc.integer({ min: 0x80, max: 0x83 }),
      partition: fc.integer({ min: 1, max: 9 }),
      options: fc.constantFrom('swap', 'hide nohide'),
    },
    ['id', 'label', 'type'],
  ).map(localEntry),
  record<DraftEntry<'chain'>>(
    {
      ...base,
      type: fc.constant('chain'),
      program: path,
      options: fc.constantFrom('', '-W', '-c -o 67.x=a'),
    },
    ['id', 'label', 'type', 'program'],
  ),
  record<DraftEntry<'reboot'>>(
    { ...base, type: fc.constant('reboot'), options: fc.constant('-w') },
    ['id', 'label', 'type'],
  ),
  record<DraftEntry<'poweroff'>>({ ...base, type: fc.constant('poweroff') }, [
    'id',
    'label',
    'type',
  ]),
  record<DraftEntry<'syslinux'>>(
    {
      ...base,
      type: fc.constant('syslinux'),
      directive: fc.constantFrom('com32', 'boot', 'bss', 'fdimage', 'config'),
      file: path,
      args: nonEmptyArgs,
    },
    ['id', 'label', 'type', 'directive', 'file'],
  ),
);

type DraftItem =
  | Draft<BootEntry>
  | Draft<BackEntry>
  | { readonly type: 'separator'; readonly label?: string }
  | (Draft<Omit<Submenu, 'items'>> & { readonly items: readonly DraftItem[] });

const separator = record<Extract<MenuItem, { type: 'separator' }>>(
  { type: fc.constant('separator'), label },
  ['type'],
);
const back = record<DraftEntry<'back'>>({ ...base, type: fc.constant('back') }, [
  'id',
  'label',
  'type',
]);

const { submenu } = fc.letrec<{ submenu: DraftItem; items: readonly DraftItem[] }>((tie) => ({
  submenu: fc.record(
    {
      type: fc.constant('submenu' as const),
      id: fc.constant(''),
      label,
      hotkey: fc.nat(),
      passwordHash: hash,
      title: label,
      theme,
      items: tie('items'),
    },
    { requiredKeys: ['type', 'id', 'label', 'items'] },
  ),
  items: fc.array(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      bootEntry,
      separator,
      back,
      tie('submenu'),
    ),
    { maxLength: 4 },
  ),
}));

/** Assigns ids and hotkeys, and ensures that each menu has a selectable item. */
function finish(drafts: readonly DraftItem[], prefix: string): readonly MenuItem[] {
  const taken = new Set<number>();
  const items = drafts.map((draft, index): MenuItem => {
    if (draft.type === 'separator') {
      return draft;
    }
    const id = `${prefix}${String.fromCharCode(97 + (index % 26))}${index}`;
    const { hotkey: choice, ...rest } = draft;
    const isDisabled = 'disabled' in rest && rest.disabled;
    const keys = Array.from(draft.label).filter((char) => {
      const isKey = /^[!-~]$/.test(char) && !'<>+-'.includes(char);
      return isKey && (isDisabled || !taken.has(char.charCodeAt(0) & ~0x20));
    });
    const hotkey = choice === undefined ? undefined : keys[choice % keys.length];
    if (hotkey !== undefined && !isDisabled) {
      taken.add(hotkey.charCodeAt(0) & ~0x20);
    }
    const item = { ...rest, id, ...(hotkey === undefined ? {} : { hotkey }) };
    if (item.type !== 'submenu') {
      return item as MenuItem;
    }
    return { ...item, items: finish(item.items, `${id}:`) };
  });
  const isSelectable = items.some(
    (item) => item.type !== 'separator' && (item.type === 'submenu' || item.disabled !== true),
  );
  const spare: MenuItem = { type: 'local', id: `${prefix}spare`, label: 'Spare' };
  return isSelectable ? items : [...items, spare];
}

function bootIds(items: readonly MenuItem[]): readonly string[] {
  return items.flatMap((item) => {
    if (item.type === 'submenu') {
      return bootIds(item.items);
    }
    const canBoot = item.type !== 'separator' && item.type !== 'back' && item.disabled !== true;
    return canBoot ? [item.id] : [];
  });
}

function idOf(item: MenuItem | undefined): string | undefined {
  return item === undefined || item.type === 'separator' ? '' : item.id;
}

/** Any valid menu, in the parser's form: without defaults. */
export const anyMenu: fc.Arbitrary<Menu> = fc
  .record(
    {
      title: fc.oneof(fc.constant(''), line),
      items: fc.array(fc.oneof(bootEntry, separator, submenu), { maxLength: 6 }),
      default: fc.nat(),
      timeoutSeconds: fc.integer({ min: 1, max: 6000 }).map((tenths) => tenths / 10),
      theme,
      resolution: fc.record({
        width: fc.integer({ min: 320, max: 4096 }),
        height: fc.integer({ min: 200, max: 4096 }),
      }),
      serial: fc.record({ port: fc.nat(3), baud: fc.constantFrom(115_200, 38_400) }),
      allowEditing: fc.constant(false as const),
      hidden: fc.constant(true as const),
      masterPasswordHash: hash,
    },
    { requiredKeys: ['title', 'items'] },
  )
  .map(({ default: choice, items: drafts, timeoutSeconds, ...settings }) => {
    const finished = finish(drafts, '');
    const spare: MenuItem = { type: 'local', id: 'spare-disk', label: 'Spare' };
    const items = bootIds(finished).length > 0 ? finished : [...finished, spare];
    const ids = bootIds(items);
    const defaultId = choice === undefined ? undefined : ids[choice % ids.length];
    // fast-check creates records without a prototype.
    return structuredClone({
      ...settings,
      items,
      // A countdown that boots nothing cannot be written to a file.
      ...(timeoutSeconds !== undefined &&
      (defaultId !== undefined || bootIds(items.slice(0, 1))[0] === idOf(items[0]))
        ? { timeoutSeconds }
        : {}),
      ...(defaultId === undefined ? {} : { defaultId }),
    });
  });

const keywords =
  'menu label|menu title|menu begin|menu end|menu exit|menu goto|menu default|menu separator|menu disable|' +
  'menu hide|menu indent|menu passwd|menu master passwd|menu background|menu color|menu colour|menu include|' +
  'menu start|menu quit|menu help|menu immediate|menu hidden|menu resolution|menu rows|menu width|menu margin|' +
  'menu tabmsg|menu autoboot|label|kernel|linux|initrd|append|localboot|com32|config|pxe|include|text help|' +
  'text|endtext|timeout|totaltimeout|ontimeout|onerror|default|ui|prompt|serial|sysappend|ipappend|say|path|' +
  'f1|f12|display|font|implicit|allowoptions|noescape|#|';

const configLine = fc
  .tuple(
    fc.constantFrom(...keywords.split('|')),
    fc.oneof(
      fc.constantFrom('', 'a', 'b', 'sub', '1', '-1', '0x10', 'menu.c32', '.top', '^A b', 'self'),
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    fc.constantFrom('\n', '\r\n', '\n', ' \n', ''),
  )
  .map(([keyword, value, end]) => `${keyword} ${value}${end}`);

/** Any text, most of it close to what menu files look like. */
export const anyConfig: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.array(configLine, { maxLength: 40 }).map((lines) => lines.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
);

interface StartDraft {
  readonly kind: 'linux' | 'memtest' | 'module' | 'disabled' | 'separator' | 'back' | 'submenu';
  readonly seconds?: number;
  readonly chosen?: number;
  readonly items: readonly StartDraft[];
}

const clock = fc.constantFrom(0, 0.5, 1, 3, 90);

const { drafts } = fc.letrec<{ draft: StartDraft; drafts: readonly StartDraft[] }>((tie) => ({
  draft: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom(
        'linux' as const,
        'linux' as const,
        'memtest' as const,
        'module' as const,
        'disabled' as const,
        'separator' as const,
        'back' as const,
      ),
      items: fc.constant([]),
    }),
    fc.record(
      {
        kind: fc.constant('submenu' as const),
        seconds: clock,
        chosen: fc.nat(),
        items: tie('drafts'),
      },
      { requiredKeys: ['kind', 'items'] },
    ),
  ),
  drafts: fc.array(tie('draft'), { maxLength: 4 }),
}));

function startItems(made: readonly StartDraft[], prefix: string): readonly MenuItem[] {
  return made.map(({ kind, seconds, chosen, items }, index): MenuItem => {
    const base = { id: `${prefix}${index}`, label: `Item ${prefix}${index}` };
    switch (kind) {
      case 'linux':
        return { type: 'linux', ...base, kernel: 'v' };
      case 'memtest':
        return { type: 'linux', ...base, kernel: 'memtest' };
      case 'module':
        return { type: 'syslinux', ...base, directive: 'com32', file: 'hdt.c32' };
      case 'disabled':
        return { type: 'linux', ...base, kernel: 'v', disabled: true };
      case 'separator':
        return { type: 'separator' };
      case 'back':
        return { type: 'back', ...base };
      case 'submenu': {
        const inner = startItems(items, `${base.id}.`);
        const ids = inner.flatMap((item) => (item.type === 'separator' ? [] : [item.id]));
        return {
          type: 'submenu',
          ...base,
          ...(seconds === undefined ? {} : { timeoutSeconds: seconds }),
          ...(chosen === undefined || ids.length === 0
            ? {}
            : { defaultId: String(ids[chosen % ids.length]) }),
          items: inner,
        };
      }
    }
  });
}

/** Menus with few kinds of entries and every way to start; not all of them are valid. */
export const anyStart: fc.Arbitrary<Menu> = fc
  .record(
    {
      items: drafts,
      interaction: fc.constantFrom('menu' as const, 'prompt' as const, 'none' as const),
      default: fc.nat(),
      selected: fc.nat(),
      start: fc.nat(),
      timeoutSeconds: clock,
      hidden: fc.boolean(),
    },
    { requiredKeys: ['items'] },
  )
  .map(({ items: made, default: booted, selected, start, ...settings }) => {
    const items = startItems(made, 'm');
    const named = [...walkItems({ title: '', items })].flatMap(({ item }) =>
      item.type === 'separator' ? [] : [item],
    );
    const ids = named.map(({ id }) => id);
    const menus = named.flatMap((item) => (item.type === 'submenu' ? [item.id] : []));
    const one = (list: readonly string[], choice: number | undefined): string | undefined =>
      choice === undefined ? undefined : list[choice % list.length];
    const choices = {
      defaultId: one(ids, booted),
      selectedId: one(ids, selected),
      startId: one(menus, start),
    };
    const given = Object.entries(choices).filter(([, id]) => id !== undefined);
    return structuredClone({ title: '', ...settings, items, ...Object.fromEntries(given) });
  });
