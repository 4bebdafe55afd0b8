import { describe, expect, it } from 'vitest';

import { installerEntries } from './installer-entries.js';

describe('installer entries', () => {
  it('has exactly the entries and parameters of Debian for a text image', () => {
    const entries = installerEntries({ suite: 'trixie', arch: 'amd64', variant: 'text' });
    expect(
      entries.map(({ kind, markedLabel, kernelArgs, installedArgs }) => [
        kind,
        markedLabel,
        `${kernelArgs} --- ${installedArgs}`,
      ]),
    ).toEqual([
      ['install', '^Install', 'vga=788 --- quiet'],
      ['expert', 'E^xpert install', 'priority=low vga=788 --- '],
      ['rescue', '^Rescue mode', 'vga=788 rescue/enable=true --- quiet'],
      ['auto', '^Automated install', 'auto=true priority=critical vga=788 --- quiet'],
      ['install-dark', '^Install', 'vga=788 theme=dark --- quiet'],
      ['expert-dark', 'E^xpert install', 'priority=low vga=788 theme=dark --- '],
      ['rescue-dark', '^Rescue mode', 'vga=788 rescue/enable=true theme=dark --- quiet'],
      [
        'auto-dark',
        '^Automated install',
        'auto=true priority=critical vga=788 theme=dark --- quiet',
      ],
    ]);
  });

  it('adds speech entries to graphical images', () => {
    const entries = installerEntries({ suite: 'bookworm', arch: 'amd64', variant: 'gtk' });
    const spoken = entries.filter(({ style }) => style === 'speech');
    expect(
      spoken.map(({ kind, label, hotkey, kernelArgs }) => [kind, label, hotkey, kernelArgs]),
    ).toEqual([
      ['install-speech', 'Install with speech synthesis', 's', 'vga=788 speakup.synth=soft'],
      ['expert-speech', 'Expert speech install', 'x', 'priority=low vga=788 speakup.synth=soft'],
      ['rescue-speech', 'Rescue speech mode', 'r', 'vga=788 rescue/enable=true speakup.synth=soft'],
      [
        'auto-speech',
        'Automated speech install',
        'a',
        'auto=true priority=critical vga=788 speakup.synth=soft',
      ],
    ]);
  });

  it('sets no video mode on arm64', () => {
    const [install] = installerEntries({ suite: 'trixie', arch: 'arm64', variant: 'text' });
    expect(install).toMatchObject({ kernelArgs: '', installedArgs: 'quiet' });
  });
});
