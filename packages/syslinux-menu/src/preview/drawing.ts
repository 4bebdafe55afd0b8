import { foldKey } from '../model/hotkey.js';
import { type ColorName } from '../model/theme.js';
import { type Geometry } from '../screen/geometry.js';
import { type LoadedEntry, type LoadedMenu } from '../syntax/language/loaded.js';
import { decodeCp437 } from '../text/encoding.js';
import { type Canvas } from './canvas.js';

/** First and last row of the scrollbar's thumb on the screen, from 1. */
interface Thumb {
  readonly from: number;
  readonly to: number;
}

/** Draws the box with the title and entries, and the message below it. */
export function drawMenu(
  canvas: Canvas,
  menu: LoadedMenu,
  geometry: Geometry,
  view: { readonly selected: number; readonly top: number; readonly isEditable: boolean },
): void {
  const { left, boxWidth, textWidth, vshift, firstRow, rows, screenRows } = geometry;
  const line = '─'.repeat(Math.max(boxWidth - 2, 0));
  canvas
    .moveTo(vshift + 1, left)
    .color('border')
    .write(`┌${line}┐`);
  canvas.moveTo(vshift + 2, left).write('│');
  canvas.color('title').write(` ${padText(menu.title, textWidth, 'center')} `);
  canvas.color('border').write('│');
  canvas.moveTo(vshift + 3, left).write(`├${line}┤`);
  const thumb = thumbOf(menu.entries.length, view.top, geometry);
  for (let row = firstRow; row < firstRow + rows && row <= screenRows; row += 1) {
    drawRow(canvas, menu, geometry, { ...view, row, thumb });
  }
  canvas
    .moveTo(firstRow + rows, left)
    .color('border')
    .write(`└${line}┘`);
  const canEdit = view.isEditable && menu.allowEditing && menu.masterPassword === undefined;
  const message = decodeCp437(canEdit ? menu.messages.tabMessage : menu.messages.noTabMessage);
  const column = 1 + geometry.hshift + half(geometry.width - message.length);
  canvas.color('tabmsg').moveTo(geometry.tabMessageRow, column).write(message);
}

function thumbOf(count: number, top: number, { rows, vshift }: Geometry): Thumb | undefined {
  if (count <= rows) {
    return undefined;
  }
  const length = Math.max(Math.floor((rows * rows) / count), 1);
  const from = Math.floor(((rows - length + 1) * top) / (count - rows + 1)) + 4 + vshift;
  return { from, to: from + length - 1 };
}

/**
 * Draws one row of the box.
 *
 * @param view - row to draw, indexes of the selected and the first visible entry, and the scrollbar's
 *   thumb: `keep` leaves the right border as it is if there is a scrollbar
 */
export function drawRow(
  canvas: Canvas,
  menu: LoadedMenu,
  geometry: Geometry,
  view: {
    readonly row: number;
    readonly selected: number;
    readonly top: number;
    readonly thumb: Thumb | undefined | 'keep';
  },
): void {
  const index = view.row - geometry.firstRow + view.top;
  const entry = menu.entries[index];
  const isSelected = index === view.selected;
  const isDisabled = entry?.action === 'disabled';
  const plain: ColorName = isSelected ? 'sel' : isDisabled ? 'disabled' : 'unsel';
  const hot: ColorName = isSelected ? 'hotsel' : isDisabled ? 'disabled' : 'hotkey';
  canvas.moveTo(view.row, geometry.left).color('border').write('│').color(plain).write(' ');
  if (entry === undefined) {
    canvas.write(' '.repeat(Math.max(geometry.textWidth, 0)));
  } else {
    drawEntry(canvas, entry, geometry.textWidth, plain, hot);
  }
  canvas.write(' ');
  const fits = menu.entries.length <= geometry.rows;
  if (view.thumb === 'keep' && !fits) {
    return;
  }
  const { thumb } = view;
  const isThumb =
    thumb !== undefined && thumb !== 'keep' && view.row >= thumb.from && view.row <= thumb.to;
  if (isThumb) {
    canvas.color('scrollbar').write('▒');
  } else {
    canvas.color('border').write('│');
  }
}

/**
 * Writes an entry's text in exactly `width` cells, without carets and with its hotkey highlighted.
 */
function drawEntry(
  canvas: Canvas,
  entry: LoadedEntry,
  width: number,
  plain: ColorName,
  hot: ColorName,
): void {
  const marker = entry.action === 'submenu' ? '>' : entry.action === 'exit' ? '<' : '';
  const text = decodeCp437(entry.text);
  let left = marker === '' ? width : width - 2;
  for (let index = 0; index < text.length && left > 0; index += 1) {
    if (text.charAt(index) !== '^') {
      canvas.write(text.charAt(index));
      left -= 1;
    } else if (index + 1 < text.length && foldKey(text.charAt(index + 1)) === entry.hotkey) {
      index += 1;
      canvas.color(hot).write(text.charAt(index)).color(plain);
      left -= 1;
    }
  }
  canvas.write(' '.repeat(Math.max(left, 0)));
  if (marker !== '') {
    canvas.write(` ${marker}`);
  }
}

/** Writes help below the menu and clears the rest of its rows. */
export function drawHelp(canvas: Canvas, help: string | undefined, geometry: Geometry): void {
  const { helpEndRow } = geometry;
  let row = geometry.helpRow;
  canvas.color(help === undefined ? 'screen' : 'help').moveTo(row, 1);
  const lines = decodeCp437(help ?? '').split('\n');
  for (const [index, line] of lines.entries()) {
    if (row > helpEndRow) {
      break;
    }
    canvas.write(line);
    if (index < lines.length - 1) {
      row += 1;
      canvas.eraseLine().moveTo(row, 1);
    }
  }
  canvas.eraseLine();
  while (row <= helpEndRow) {
    row += 1;
    canvas.eraseLine().moveTo(row, 1);
  }
}

/** Draws the empty password box and leaves the cursor in it. */
export function drawPasswordBox(canvas: Canvas, menu: LoadedMenu, geometry: Geometry): void {
  const { passwordRow: row, passwordMargin: margin, width } = geometry;
  const inner = Math.max(width - 2 * margin - 2, 0);
  canvas
    .color('pwdborder')
    .moveTo(row, margin + 1)
    .write(`┌${'─'.repeat(inner)}┐`);
  canvas.moveTo(row + 1, margin + 1).write(`│${' '.repeat(inner)}│`);
  canvas.moveTo(row + 2, margin + 1).write(`└${'─'.repeat(inner)}┘`);
  const prompt = decodeCp437(menu.messages.passwordPrompt);
  canvas.moveTo(row, Math.trunc((width - (prompt.length + 2)) / 2)).color('pwdheader');
  canvas
    .write(` ${prompt} `)
    .moveTo(row + 1, margin + 3)
    .color('pwdentry');
}

/** Decodes text and fits it to a field: truncated, or padded on the right or on both sides. */
export function padText(text: string, width: number, align: 'left' | 'center'): string {
  const shown = decodeCp437(text).slice(0, Math.max(width, 0));
  const before = align === 'left' ? 0 : half(Math.max(width - shown.length, 0));
  return `${' '.repeat(before)}${shown}`.padEnd(Math.max(width, 0));
}

/** Returns half of a number, rounded down even if negative, like C's `>> 1`. */
export function half(value: number): number {
  return Math.floor(value / 2);
}
