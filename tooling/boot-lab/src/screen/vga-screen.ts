import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { decode } from 'fast-png';

import { type Qemu } from '@pxe/lab-host';

import { readScreenText } from './screen-text.js';
import { findVgaFont, VGA_ROM, type VgaFont } from './vga-font.js';

/** Contents of the machine's screen. */
export interface Screen {
  /**
   * Takes a screenshot.
   *
   * @param name - name of the PNG file, without its extension
   * @returns the file's path
   */
  photograph(name: string): Promise<string>;
  /** Text on the screen, row by row; empty if its font is not known. */
  readText(): Promise<string[]>;
}

/** Screen of QEMU, read through its monitor. */
export class VgaScreen implements Screen {
  readonly #qemu: Qemu;
  readonly #directory: string;
  readonly #fontFile: string | undefined;
  #font: VgaFont | undefined;

  /**
   * @param directory - directory for screenshots
   * @param fontFile - file with the font of its text, or `VGA BIOS`: the machine's own; undefined if it is not known
   */
  constructor(qemu: Qemu, directory: string, fontFile: string | undefined) {
    this.#qemu = qemu;
    this.#directory = directory;
    this.#fontFile = fontFile;
  }

  async photograph(name: string): Promise<string> {
    const file = join(this.#directory, `${name}.png`);
    await this.#qemu.screenshot(file);
    return file;
  }

  async readText(): Promise<string[]> {
    if (this.#fontFile === undefined) {
      return [];
    }
    this.#font ??=
      this.#fontFile === 'VGA BIOS'
        ? await this.#readFont()
        : findVgaFont(await readFile(this.#fontFile));
    const file = await this.photograph('screen');
    const picture = decode(await readFile(file));
    await rm(file);
    return readScreenText(picture, this.#font);
  }

  async #readFont(): Promise<VgaFont> {
    const filename = join(this.#directory, 'vga-rom.bin');
    const { address: val, length: size } = VGA_ROM;
    await this.#qemu.monitor.execute('pmemsave', { val, size, filename });
    const font = findVgaFont(await readFile(filename));
    await rm(filename);
    return font;
  }
}
