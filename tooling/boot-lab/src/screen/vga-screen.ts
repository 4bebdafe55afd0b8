import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type QmpClient } from '../qmp/qmp-client.js';
import { decodePpm, encodePng, type Picture } from './picture.js';
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
  /** Text on a VGA screen, row by row; empty on screens that the VGA BIOS does not draw. */
  readText(): Promise<string[]>;
}

/** Screen of QEMU, read through its monitor. */
export class VgaScreen implements Screen {
  readonly #monitor: QmpClient;
  readonly #directory: string;
  readonly #hasVgaBios: boolean;
  #font: VgaFont | undefined;

  /**
   * @param directory - for screenshots
   * @param hasVgaBios - false for machines without a VGA BIOS, whose text cannot be read
   */
  constructor(monitor: QmpClient, directory: string, hasVgaBios: boolean) {
    this.#monitor = monitor;
    this.#directory = directory;
    this.#hasVgaBios = hasVgaBios;
  }

  async photograph(name: string): Promise<string> {
    const file = join(this.#directory, `${name}.png`);
    await writeFile(file, encodePng(await this.#picture()));
    return file;
  }

  async readText(): Promise<string[]> {
    if (!this.#hasVgaBios) {
      return [];
    }
    this.#font ??= await this.#readFont();
    return readScreenText(await this.#picture(), this.#font);
  }

  async #picture(): Promise<Picture> {
    const filename = join(this.#directory, 'screen.ppm');
    await this.#monitor.execute('screendump', { filename });
    const picture = decodePpm(await readFile(filename));
    await rm(filename);
    return picture;
  }

  async #readFont(): Promise<VgaFont> {
    const filename = join(this.#directory, 'vga-rom.bin');
    const { address: val, length: size } = VGA_ROM;
    await this.#monitor.execute('pmemsave', { val, size, filename });
    const font = findVgaFont(await readFile(filename));
    await rm(filename);
    return font;
  }
}
