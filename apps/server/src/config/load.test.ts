import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConfigError } from '../errors.js';
import { describeConfig } from './describe.js';
import { configKeys, plainKeys } from './keys.js';
import { loadConfig } from './load.js';

let directory: string;
let file: string;

describe('load', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-config-'));
    file = join(directory, 'pxeboot.yaml');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function load(
    yaml: string,
    env: Record<string, string> = {},
    flags: [string, string][] = [],
  ) {
    await writeFile(file, yaml);
    return loadConfig({ file, env, flags: new Map(flags) });
  }

  async function problemsOf(
    yaml: string,
    env: Record<string, string> = {},
    flags: [string, string][] = [],
  ) {
    try {
      await load(yaml, env, flags);
    } catch (error) {
      if (error instanceof ConfigError) {
        return error.message.replaceAll(directory, '').split('\n');
      }
      throw error;
    }
    throw new Error('expected a ConfigError');
  }

  describe('loadConfig', () => {
    describe('with only some sections', () => {
      const read = (yaml: string, flags: [string, string][] = []) =>
        writeFile(file, yaml).then(() =>
          loadConfig({ file, env: { PXEBOOT_LOG_LEVEL: 'loud' }, flags: new Map(flags) }, [
            'dataDir',
            'state',
          ]),
        );

      it('reads and checks those, and leaves the others at their defaults', async () => {
        const { config, origins } = await read('{dataDir: /srv, state: off, http: {listen: 7}}');
        expect(config).toMatchObject({
          dataDir: '/srv',
          state: 'off',
          http: { listen: [{ address: '*', port: 8069 }] },
          log: { level: 'info' },
        });
        expect([...origins.keys()]).toEqual(['dataDir', 'state']);
        await expect(read('{state: 7, http: {listen: 7}}')).rejects.toThrow(
          `${file}:1: state: expected on, off, or the key url (got 7)`,
        );
      });

      it('refuses a misspelt section', async () => {
        await expect(read('datadir: /srv')).rejects.toThrow('did you mean dataDir?');
      });

      it('checks a section that a flag sets', async () => {
        await expect(read('', [['http.listen', 'nowhere']])).rejects.toThrow('--http-listen');
      });
    });

    it.each([
      'http:/u:hush@mirror',
      'http:u:hush@mirror:port',
      'HTTP://u:hush@mirror:port',
      '\\\\u:hush@mirror',
      'u:hush@mirror/debian',
      'http://u:hush/x@mirror',
    ])('does not show the password in %j', async (url) => {
      const quoted = JSON.stringify(url);
      const lists = [`[${quoted}]`, quoted, `[[${quoted}]]`, `{a: ${quoted}}`];
      for (const value of lists) {
        const yaml = `source: {url: ${value}}`;
        const text = await load(yaml).then(
          (loaded) => describeConfig(loaded),
          (error: unknown) => String(error),
        );
        expect(text).not.toContain('hush');
      }
      const daily = await problemsOf(`source: {dailyUrl: ${quoted}}`);
      expect(daily.join('\n')).not.toContain('hush');
    });

    it.each(['http://mirror/\nTrusted: yes', 'http://mirror/\t', '\u0001http://mirror/'])(
      'refuses control characters in the URL %j',
      async (url) => {
        const [problem] = await problemsOf(`source: {url: [${JSON.stringify(url)}]}`);
        expect(problem).toContain('expected a URL without control characters');
      },
    );

    it('lists problems by their lines in the file, then those of variables and flags', async () => {
      const yaml = [
        'menu: {timeout: soon}',
        'colour: red',
        'tftp:',
        '  stall: never',
        '  singelPort: true',
        'images: [trixie, nosuch]',
      ].join('\n');
      const problems = await problemsOf(
        yaml,
        { PXEBOOT_LOG_LEVEL: 'loud', PXEBOOT_COLOUR: 'red' },
        [['refresh.interval', 'now']],
      );
      expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
        '/pxeboot.yaml:1',
        '/pxeboot.yaml:2',
        '/pxeboot.yaml:4',
        '/pxeboot.yaml:5',
        '/pxeboot.yaml:6',
        'PXEBOOT_COLOUR',
        'PXEBOOT_LOG_LEVEL',
        '--refresh-interval',
      ]);
    });

    it('lists only the first problems of a long invalid list', async () => {
      const problems = await problemsOf(`images: [${'nosuch, '.repeat(90_000)}]`);
      expect(problems).toHaveLength(101);
      expect(problems.at(-1)).toBe('further problems are not listed');
    });

    it.each([
      ['values', `images: [${'nosuch, '.repeat(200_000)}]`, 'expected at most 100000 values'],
      ['nested values', `hosts: [${'[1, 2], '.repeat(60_000)}]`, 'expected at most 100000 values'],
      ['bytes', `# ${'x'.repeat(5 * 1024 * 1024)}`, 'expected at most 4194304 bytes'],
    ])('refuses a file with too many %s', async (_what, yaml, expected) => {
      const [problem, ...others] = await problemsOf(yaml);
      expect(problem).toContain(expected);
      expect(others).toEqual([]);
    });

    it('reads 10,000 hosts with four keys each', async () => {
      const hosts = Array.from({ length: 10_000 }, (_, index) => {
        const mac = `52:54:00:00:${index.toString(16).padStart(4, '0').replace(/..$/, ':$&')}`;
        return { name: `host${index}`, match: { mac }, boot: 'local', title: `Host ${index}` };
      });
      expect((await load(JSON.stringify({ hosts }))).config.hosts).toHaveLength(10_000);
    });

    it('refuses a device, and a pipe without waiting for it', async () => {
      const pipe = join(directory, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const path of ['/dev/zero', pipe]) {
        await expect(loadConfig({ file: path, env: {}, flags: new Map() })).rejects.toThrow(
          `${path}: this is not a regular file (EFTYPE)`,
        );
      }
    });

    it('reads a long file with many keys in reasonable time', async () => {
      const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}: 1\n`).join('');
      const problems = await problemsOf(keys);
      expect(problems).toHaveLength(101);
      expect(problems[0]).toBe('/pxeboot.yaml:1: k0: unknown key');
    });

    it('reports keys that occur twice', async () => {
      expect(await problemsOf('log: {level: info}\n"log": {level: info, level: warn}\n')).toEqual([
        '/pxeboot.yaml:2: not valid YAML: the key log occurs twice',
        '/pxeboot.yaml:2: not valid YAML: the key level occurs twice',
      ]);
    });

    it('quotes only the start of a long value', async () => {
      const [problem = ''] = await problemsOf(`log: {level: ${'x'.repeat(100_000)}}`);
      expect(problem.length).toBeLessThan(1000);
    });

    it('fills in the default of every key', async () => {
      const { config } = await load('');
      expect(config).toMatchObject({
        dataDir: '/var/lib/pxeboot',
        advertise: 'auto',
        images: [
          { suite: 'trixie', arch: 'amd64', variants: ['text', 'gtk'] },
          { suite: 'bookworm', arch: 'amd64', variants: ['text', 'gtk'] },
        ],
        tftp: { listen: [{ address: 'auto', port: 69 }], singlePort: true, maxWindowSize: 64 },
        http: { listen: [{ address: '*', port: 8069 }] },
        admin: { listen: [{ address: '127.0.0.1', port: 9069 }] },
        menu: { timeout: 30, default: 'local' },
        kernelArgs: '',
      });
    });

    it('prefers flags over the environment, and the environment over the file', async () => {
      const yaml = 'log: {level: warn}\nmenu:\n  timeout: 5\n  title: From the file\n';
      const env = { PXEBOOT_MENU_TIMEOUT: '7', PXEBOOT_LOG_LEVEL: 'error' };
      const { config, origins } = await load(yaml, env, [['log.level', 'debug']]);
      expect(config.menu).toMatchObject({ title: 'From the file', timeout: 7 });
      expect(config.log.level).toBe('debug');
      expect(origins.get('menu.title')).toBe(`${file}:4`);
      expect(origins.get('menu.timeout')).toBe('PXEBOOT_MENU_TIMEOUT');
      expect(origins.get('log.level')).toBe('--log-level');
    });

    it.each([
      'trixie:amd64:text:20250803+deb13u7',
      '{suite: trixie, variants: [text], build: 20250803+deb13u7}',
    ])('keeps the build that pins an image: %s', async (image) => {
      const text = image.startsWith('{') ? `images: [${image}]` : `images: ["${image}"]`;
      const { config } = await load(text);
      expect(config.images).toEqual([
        { suite: 'trixie', arch: 'amd64', variants: ['text'], build: '20250803+deb13u7' },
      ]);
    });

    it('reads the trust of images and the source of daily builds', async () => {
      const { config } = await load('images: [{suite: sid, variants: [text], trust: tls}]');
      expect(config.images).toEqual([
        { suite: 'sid', arch: 'amd64', variants: ['text'], trust: 'tls' },
      ]);
      expect(config.source.dailyUrl).toBe('https://d-i.debian.org/daily-images');
      const signed = await load('images: [{suite: sid, variants: [text], trust: signed}]');
      expect(signed.config.images).toEqual([{ suite: 'sid', arch: 'amd64', variants: ['text'] }]);
    });

    it('reads lists, booleans and images from text', async () => {
      const { config } = await load('', {
        PXEBOOT_IMAGES: 'trixie:arm64+amd64:text, bookworm:i386',
        PXEBOOT_TFTP_SINGLE_PORT: 'false',
        PXEBOOT_ACCESS_ALLOW: '192.0.2.0/24,2001:db8::/32',
      });
      expect(config.images).toEqual([
        { suite: 'trixie', arch: 'arm64', variants: ['text'] },
        { suite: 'trixie', arch: 'amd64', variants: ['text'] },
        { suite: 'bookworm', arch: 'i386', variants: ['text', 'gtk'] },
      ]);
      expect(config.tftp.singlePort).toBe(false);
      expect(config.access.allow).toEqual(['192.0.2.0/24', '2001:db8::/32']);
    });

    it('reads the firmware as a word or a list', async () => {
      const all = (await load('firmware: true')).config.firmware;
      expect(all).toContain('firmware-realtek');
      expect((await load('firmware: [wired, wireless]')).config.firmware).toEqual(all);
      expect((await load('', { PXEBOOT_FIRMWARE: 'true' })).config.firmware).toEqual(all);
      expect((await load('firmware: true', {}, [['firmware', 'false']])).config.firmware).toEqual(
        [],
      );
      const listed = await load('', { PXEBOOT_FIRMWARE: 'firmware-bnx2, firmware-realtek' });
      expect(listed.config.firmware).toEqual(['firmware-bnx2', 'firmware-realtek']);
      expect((await problemsOf('firmware: [firmware-realtek, wierd]')).join()).toContain(
        'did you mean wired?',
      );
    });

    it('reports every problem with its key, value, position and hint', async () => {
      const yaml = [
        'images:',
        '  - bookwrm',
        '  - trixie:i386',
        'tftp:',
        '  singleport: true',
        'menu: {timeout: soon}',
        'colour: red',
      ].join('\n');
      const problems = await problemsOf(yaml, { PXEBOOT_HTTP_LISTEN: 'example.org' });
      expect(problems).toHaveLength(6);
      expect(problems.join('\n')).toMatch(
        /pxeboot\.yaml:2: images\[0\]: unknown suite "bookwrm"; did you mean bookworm\? Choose [a-z, ]+$/m,
      );
      expect(problems.join('\n')).toMatch(
        /pxeboot\.yaml:3: images\[1\]: .*trixie.* has no i386 installer.*choose amd64/,
      );
      expect(problems.join('\n')).toMatch(
        /pxeboot\.yaml:5: tftp\.singleport: unknown key; did you mean singlePort/,
      );
      expect(problems.join('\n')).toMatch(
        /pxeboot\.yaml:6: menu\.timeout: expected a duration.*"soon"/,
      );
      expect(problems.join('\n')).toMatch(/pxeboot\.yaml:7: colour: unknown key/);
      expect(problems.join('\n')).toMatch(
        /PXEBOOT_HTTP_LISTEN: http\.listen\[0\]: expected an address .*"example\.org"/,
      );
    });

    it.each([
      [
        'images: [{suite: trixie, arch: 64}]',
        'images[0].arch: expected a list, as in "arch: [64]" (got 64)',
      ],
      [
        'images: [{suite: trixie, variant: [text]}]',
        'images[0].variant: unknown key; did you mean variants?',
      ],
      [
        'images: [{suite: trixie, arches: [amd64]}]',
        'images[0].arches: unknown key; did you mean arch?',
      ],
      ['images: [{suite: [trixie]}]', 'images[0].suite: expected text (got ["trixie"])'],
      ['images: [{arch: [amd64]}]', 'images[0].suite: expected a value'],
      [
        'images: [12]',
        'images[0]: expected a suite such as trixie, or the keys suite, arch, variants, build and trust (got 12)',
      ],
      [
        'tftp: {quirks: [{match: 10.0.0.1, refuze: [tsize]}]}',
        'tftp.quirks[0].refuze: unknown key; did you mean refuse?',
      ],
      ['state: {ulr: x}', 'state.ulr: unknown key; did you mean url?'],
      ['state: x', 'state: expected on, off, or the key url (got "x")'],
    ])('reports the key of %s and what was expected', async (yaml, problem) => {
      const problems = await problemsOf(yaml);
      expect(problems).toHaveLength(1);
      const text = problems[0]!.replace('/pxeboot.yaml:1: ', '');
      if (typeof problem === 'string') {
        expect(text).toBe(problem);
      } else {
        expect(text).toMatch(problem);
      }
    });

    it.each([
      ['false', 'off'],
      ['true', 'on'],
    ])('accepts state: %s, which YAML 1.1 writes as %s', async (written, meant) => {
      expect((await load(`state: ${written}`)).config.state).toBe(meant);
    });

    it('refuses a misspelt environment variable, but not those set by Kubernetes', async () => {
      const env = {
        PXEBOOT_LOG_LEVLE: 'debug',
        PXEBOOT_SERVICE_HOST: '10.0.0.1',
        PXEBOOT_PORT_8069_TCP_ADDR: '10.0.0.1',
        PXEBOOT_ADMIN_SERVICE_PORT: '9069',
        PXEBOOT_PORT: 'tcp://10.0.0.1:8069',
        PXEBOOT_CONFIG: '',
      };
      expect(await problemsOf('', env)).toEqual([
        'PXEBOOT_LOG_LEVLE: unknown setting; did you mean PXEBOOT_LOG_LEVEL?',
      ]);
    });

    it.each([
      ['admin: {token: sixteen-characters, tokenFile: /t}', /admin\.tokenFile: .*both set/],
      ['admin: {readToken: sixteen-characters, readTokenFile: /t}', /readTokenFile: .*both set/],
      ['admin: {token: sixteen-characters, readToken: sixteen-characters}', /must differ/],
      ['admin: {token: "sixteen characters"}', /admin\.token: .*without spaces/],
      ['admin: {hosts: ["http://pxe.example"]}', /admin\.hosts\[0\]: .*host name/],
    ])('refuses tokens and names that cannot work: %s', async (yaml, message) => {
      expect((await problemsOf(yaml)).join()).toMatch(message);
    });

    it.each([
      [
        'images: [{suite: trixie, trust: tls}]',
        /trixie.* has no daily installer builds; choose forky/,
      ],
      ['images: [{suite: buster, trust: tls}]', /buster.* has no daily installer builds/],
      ['images: [{suite: sid, trust: none}]', /images\[0\]\.trust: expected signed or tls/],
      ['images: [{suite: sid, trust: tls, build: "20260628"}]', /daily builds cannot be pinned/],
      ['images: ["trixie:amd64:text:stable"]', /not an installer build: "stable"/],
      ['source: {dailyUrl: "http://d-i.debian.org/daily-images"}', /source\.dailyUrl: .*https URL/],
      ['source: {dailyUrl: "https://me:secret@mirror.example/"}', /source\.dailyUrl: .*https URL/],
      ['source: {kind: directory}', /source\.path: kind directory needs source\.path/],
      ['source: {keyringMode: add}', /source\.keyringMode: keyringMode add needs source\.keyring/],
      ['source: {keyringMode: merge, keyring: /k}', /source\.keyringMode: expected replace or add/],
      [
        'source: {kind: apt, ca: /ca.pem}',
        /source\.ca: a CA applies only to mirrors: use kind auto or mirror/,
      ],
      ['source: {ca: ""}', /source\.ca: /],
      ['source: {trust: tls}', /source\.trust: expected signed or none/],
      ['source: {url: []}', /source\.url: /],
      ['tftp: {portRange: 31000-30000}', /expected two ports, the lower first/],
      ['tftp: {portRange: 0-70000}', /expected two ports, the lower first/],
      ['tftp: {listen: [auto, 192.0.2.1]}', /remove the others/],
      ['tftp: {listen: ["*"]}', /expected an address such as auto/],
      ['http: {listen: [auto]}', /expected an address such as \*/],
      ['advertise: https://192.0.2.1', /expected auto or a base URL/],
      [`advertise: 'http://a";halt;"'`, /expected auto or a base URL/],
      ['advertise: http://a${b}', /expected auto or a base URL/],
      ['access: {allow: [192.0.2.0/33]}', /expected an address or a subnet/],
      ['refresh: {interval: often}', /expected a duration/],
      ['refresh: {interval: ""}', /expected a duration/],
      ['refresh: {interval: "30"}', /expected a duration/],
      ['refresh: {interval: 5 fortnights}', /expected a duration/],
      ['menu: {timeout: 2h}', /from 0s to 1h/],
      ['refresh: {interval: 0s}', /from 1m to 12d/],
      ['refresh: {interval: 30d}', /from 1m to 12d/],
      ['http: {listen: *}', /quote values that begin with \*/],
      ['tftp: {listen: [0.0.0.0]}', /set advertise/],
      ['menu: {title: "a\\tb"}', /printable ASCII/],
    ])('refuses %s', async (yaml, problem) => {
      expect((await problemsOf(yaml)).join()).toMatch(problem);
    });

    it('reports a file that is missing, not YAML or not a mapping', async () => {
      const file = join(directory, 'none.yaml');
      const defaults = './pxeboot.yaml, /etc/pxeboot/pxeboot.yaml or the defaults';
      await expect(loadConfig({ file, env: {}, flags: new Map() })).rejects.toThrow(
        `${file}: this file does not exist (ENOENT); correct --config, or leave it out to use ${defaults}`,
      );
      const env = { PXEBOOT_CONFIG: 'none.yaml' };
      await expect(loadConfig({ file: undefined, env, flags: new Map() })).rejects.toThrow(
        `none.yaml: this file does not exist (ENOENT); there is no ${resolve('none.yaml')}; correct PXEBOOT_CONFIG, or leave it out`,
      );
      expect((await problemsOf('a: [1')).join()).toMatch(/pxeboot\.yaml:1: not valid YAML/);
      expect((await problemsOf('- a')).join()).toMatch(/expected keys and values/);
    });

    it('refuses a misspelt port setting, and never repeats a secret', async () => {
      expect((await problemsOf('', { PXEBOOT_TFTP_PORT: '6969' })).join()).toMatch(
        /PXEBOOT_TFTP_PORT: unknown setting/,
      );
      const short = (await problemsOf('', { PXEBOOT_ADMIN_TOKEN: 'hunter2' })).join();
      expect(short).toMatch(/admin\.token/);
      expect(short).not.toContain('hunter2');
    });

    it('never repeats the password in the URL of a mirror', async () => {
      const yaml = 'source: {url: ["ftp://user:hunter2@mirror.example/debian"]}';
      const problem = (await problemsOf(yaml)).join();
      expect(problem).toMatch(/source\.url\[0\]: .*ftp:\/\/\*\*\*@mirror\.example/);
      expect(problem).not.toContain('hunter2');
    });

    it('accepts one mirror for apt, and any number otherwise', async () => {
      const url = 'url: ["http://one.example/debian", "http://two.example/debian"]';
      expect(await problemsOf(`source: {kind: apt, ${url}}`)).toEqual([
        expect.stringMatching(/source\.url: kind apt takes only one URL/),
      ]);
      expect((await load(`source: {${url}}`)).config.source.url).toHaveLength(2);
    });

    it('treats a section without keys as empty', async () => {
      expect((await load('tftp:\n  # listen: auto\n')).config.tftp.singlePort).toBe(true);
    });

    it('reads the file named by PXEBOOT_CONFIG', async () => {
      await writeFile(file, 'kernelArgs: console=ttyS0');
      const { config } = await loadConfig({ env: { PXEBOOT_CONFIG: file }, flags: new Map() });
      expect(config.kernelArgs).toBe('console=ttyS0');
    });
  });

  describe('values in the forms that people use', () => {
    it.each([
      ['30s', 30_000],
      ['5 min', 300_000],
      ['2h', 7_200_000],
      ['"90"', 90_000],
      ['90', 90_000],
      ['1.5 minutes', 90_000],
    ])('accepts the duration %s', async (text, milliseconds) => {
      const { config } = await load(`drain: { timeout: ${text} }`);
      expect(config.drain.timeout).toBe(milliseconds);
    });

    it('reads the timeout of the menu in seconds', async () => {
      for (const text of ['90', '90s', '1.5 min']) {
        expect((await load(`menu: { timeout: ${text} }`)).config.menu.timeout).toBe(90);
      }
      expect((await load('', { PXEBOOT_MENU_TIMEOUT: '0' })).config.menu.timeout).toBe(0);
    });

    it('accepts a single string in place of a list', async () => {
      const { config } = await load(
        [
          'images: { suite: trixie, arch: arm64 }',
          'http: { listen: 192.0.2.1 }',
          'access: { allow: "192.0.2.0/24, 198.51.100.7" }',
          'tftp: { quirks: { match: 192.0.2.9, refuse: tsize } }',
        ].join('\n'),
      );
      expect(config.images).toMatchObject([{ suite: 'trixie', arch: 'arm64' }]);
      expect(config.http.listen).toEqual([{ address: '192.0.2.1', port: 8069 }]);
      expect(config.access.allow).toEqual(['192.0.2.0/24', '198.51.100.7']);
      expect(config.tftp.quirks).toEqual([{ match: '192.0.2.9', refuse: ['tsize'] }]);
    });

    it('expands ~ to the home directory, but only at the start', async () => {
      const { config } = await load('dataDir: ~/store\nsource: { ca: "~", keyring: ~x/a~ }');
      expect(config.dataDir).toBe(join(homedir(), 'store'));
      expect(config.source).toMatchObject({ ca: homedir(), keyring: '~x/a~' });
    });
  });

  describe('tftp.quirks', () => {
    it('can be set only in the file', async () => {
      const { config, origins } = await load(
        'tftp:\n  quirks:\n    - match: 10.1.0.0/16\n      maxBlockSize: 1024\n',
      );
      expect(config.tftp.quirks).toEqual([{ match: '10.1.0.0/16', maxBlockSize: 1024 }]);
      expect(origins.get('tftp.quirks')).toContain('pxeboot.yaml');
      expect(plainKeys().map(({ path }) => path)).not.toContain('tftp.quirks');
      expect(await problemsOf('', { PXEBOOT_TFTP_QUIRKS: 'x' })).toEqual([
        'PXEBOOT_TFTP_QUIRKS: tftp.quirks: this can only be set in the configuration file',
      ]);
    });

    it('reports the invalid entry', async () => {
      const problems = await problemsOf('tftp:\n  quirks:\n    - match: nowhere\n');
      expect(problems.join('\n')).toMatch(/tftp\.quirks.*match.*expected an address or a subnet/);
    });
  });

  describe('hosts', () => {
    it.each([
      ['{name: web 1, match: {mac: 52:54:00:00:00:01}}', 'name: expected a host name'],
      ['{name: a, match: {mac: 52:54:00:00:00}}', 'match.mac: expected a MAC address such as'],
      ['{name: a, match: {uuid: 1234}}', 'match.uuid: expected text'],
      ['{name: a, match: {uuid: 4c4c4544}}', 'match.uuid: expected a UUID such as'],
      [
        '{name: a, match: {uuid: 00000000-0000-0000-0000-000000000000}}',
        'match.uuid: many machines report this UUID',
      ],
      ['{name: a, match: {ip: 10.0.0.300}}', 'match.ip: expected an IP address such as'],
      ['{name: a, match: {subnet: 10.0.0.0/33}}', 'match.subnet: expected an address or a subnet'],
      ['{name: a, match: {}}', 'match: expected one of mac, uuid, ip and subnet'],
      [
        '{name: a, match: {ip: 10.0.0.1, subnet: 10.0.0.0/8}}',
        'match: expected one of mac, uuid, ip and subnet',
      ],
      ['{name: a, match: {hwaddr: x}}', 'match.hwaddr: unknown key'],
      [
        '{name: a, match: {ip: 10.0.0.1}, suite: trixy}',
        'suite: unknown suite "trixy"; did you mean trixie',
      ],
      ['{name: a, match: {ip: 10.0.0.1}, arch: amd46}', 'arch: unknown architecture "amd46"; did'],
      ['{name: a, match: {ip: 10.0.0.1}, tilte: x}', 'tilte: unknown key; did you mean title?'],
      ['{name: a, match: {ip: 10.0.0.1}, variables: {a-b: x}}', 'variables.a-b: '],
    ])('reports the problem with %s', async (item, problem) => {
      const problems = await problemsOf(`hosts: [${item}]`);
      expect(problems.join('\n')).toContain(`/pxeboot.yaml:1: hosts[0].${problem}`);
      expect(problems).toHaveLength(1);
    });

    it('reports a second host with the same name, or for the same machine', async () => {
      expect(
        await problemsOf(
          'hosts:\n  - {name: a, match: {mac: 52:54:00:00:00:01}}\n  - {name: A, match: {mac: 52-54-00-00-00-01}}\n',
        ),
      ).toEqual([
        expect.stringMatching(/:3: hosts\[1\]\.name: hosts\[0\] has the same name/),
        expect.stringMatching(
          /:3: hosts\[1\]\.match\.mac: hosts\[0\] \(a\) matches the same machines and comes first/,
        ),
      ]);
    });

    it('reads the variables of a host as text', async () => {
      const { config } = await load(
        'hosts: {name: a, match: {ip: 10.0.0.1}, variables: {port: 80, tls: true}}',
      );
      expect(config.hosts).toMatchObject([
        { boot: 'menu', variables: { port: '80', tls: 'true' } },
      ]);
    });

    it('can be set only in the file, like the settings for unknown machines', async () => {
      expect((await load('unknown: {boot: local}')).config.unknown).toEqual({ boot: 'local' });
      expect(await problemsOf('', { PXEBOOT_UNKNOWN_BOOT: 'local', PXEBOOT_HOSTS: 'a' })).toEqual([
        'PXEBOOT_UNKNOWN_BOOT: unknown.boot: this can only be set in the configuration file',
        'PXEBOOT_HOSTS: hosts: this can only be set in the configuration file',
      ]);
    });
  });

  describe('configKeys', () => {
    it('derives the variable and flag of each key', () => {
      expect(configKeys()).toContainEqual(
        expect.objectContaining({
          path: 'tftp.singlePort',
          env: 'PXEBOOT_TFTP_SINGLE_PORT',
          flag: '--tftp-single-port',
          kind: 'boolean',
        }),
      );
    });

    it('describes every key', () => {
      expect(configKeys().filter(({ description }) => description === '')).toEqual([]);
    });
  });

  describe('describeConfig', () => {
    it('shows values and origins, and hides the token and the passwords of mirrors', async () => {
      const yaml =
        'tftp: {listen: ["127.0.0.1:6969"]}\nsource: {url: ["http://user:hunter2@mirror.example/debian"]}';
      const loaded = await load(yaml, {
        PXEBOOT_ADMIN_TOKEN: 'a-secret-of-some-length',
        PXEBOOT_ADMIN_READ_TOKEN: 'a-secret-to-read-with',
      });
      const text = describeConfig(loaded);
      expect(text).toMatch(/tftp\.listen = \["127\.0\.0\.1:6969"\] +# .*pxeboot\.yaml:1/);
      expect(text).toMatch(/admin\.token = \(hidden\) +# PXEBOOT_ADMIN_TOKEN/);
      expect(text).not.toContain('a-secret');
      expect(text).toContain('source.url = ["http://***@mirror.example/debian"]');
      expect(text).toMatch(/menu\.timeout = 30 +# default/);
      expect(text).toMatch(/drain\.lameDuck = "0s" +# default/);
    });
  });
});
