/** Names of the keys that do not type a character. */
export const NAMED_KEYS = [
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'enter',
  'escape',
  'tab',
  'backspace',
  'delete',
] as const;

/** See {@link NAMED_KEYS}. */
export type NamedKey = (typeof NAMED_KEYS)[number];

/** A key: a named one, or the character that it types. */
export type MenuKey = NamedKey | (string & Record<never, never>);
