import { signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const ITEM = 'pxeboot.theme';

/** Theme of the page; `system` follows the browser's settings. */
export const theme = signal<Theme>(
  THEMES.find((known) => known === localStorage.getItem(ITEM)) ?? 'system',
);

/** Shows the page in its theme. */
export function applyTheme(): void {
  document.documentElement.style.colorScheme =
    theme.value === 'system' ? 'light dark' : theme.value;
}

/** Changes to the next theme, and remembers it. */
export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
  localStorage.setItem(ITEM, theme.value);
  applyTheme();
}
