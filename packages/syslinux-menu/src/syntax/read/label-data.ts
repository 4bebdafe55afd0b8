import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type BootDirectives, type BootType, type LoadedAction } from '../language/loaded.js';

/** Settings from the lines since LABEL, while the label is open. */
export interface LabelData {
  readonly name: string;
  readonly span: SourceSpan;
  type: BootType;
  file: string;
  isFileGiven: boolean;
  append: string | undefined;
  initrd: string | undefined;
  deviceTree: string | undefined;
  deviceTreeDir: string | undefined;
  deviceTreeOverlays: string | undefined;
  sysappend: number;
  menuLabel: string | undefined;
  password: string | undefined;
  action: LoadedAction;
  /** Target menu: its tag, or for EXIT without a tag the index of the enclosing menu. */
  target: string | number | undefined;
  isDefault: boolean;
  isImmediate: boolean | undefined;
}

/** Returns the data of a label that has just been opened. */
export function openLabel(name: string, span: SourceSpan, sysappend: number): LabelData {
  return {
    name,
    span,
    type: 'kernel',
    file: name,
    isFileGiven: false,
    append: undefined,
    initrd: undefined,
    deviceTree: undefined,
    deviceTreeDir: undefined,
    deviceTreeOverlays: undefined,
    sysappend,
    menuLabel: undefined,
    password: undefined,
    action: 'command',
    target: undefined,
    isDefault: false,
    isImmediate: undefined,
  };
}

/** Returns what a label boots, including the global APPEND. */
export function bootDirectives(label: LabelData, globalAppend: string | undefined): BootDirectives {
  const append = label.append ?? globalAppend ?? '';
  return {
    type: label.type,
    file: label.file,
    isGiven: label.isFileGiven,
    append: append === '-' ? '' : append,
    ...(label.initrd === undefined ? {} : { initrd: label.initrd }),
    ...(label.deviceTree === undefined ? {} : { deviceTree: label.deviceTree }),
    ...(label.deviceTreeDir === undefined ? {} : { deviceTreeDir: label.deviceTreeDir }),
    ...(label.deviceTreeOverlays === undefined
      ? {}
      : { deviceTreeOverlays: label.deviceTreeOverlays }),
    sysappend: label.sysappend,
  };
}
