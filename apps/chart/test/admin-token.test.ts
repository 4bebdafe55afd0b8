import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { CHART, HELMS } from './support/chart.js';
import { allOf, theOnly } from './support/kinds.js';

describe.each(HELMS)('helm $major: the admin token', (helm) => {
  const tokenOf = async (values: object): Promise<string> => {
    const manifests = await helm.render(CHART, { values });
    return Buffer.from(theOnly(manifests, 'Secret').data!['token']!, 'base64').toString();
  };

  it('is never generated: rendering the chart again changes nothing', async () => {
    const manifests = await helm.render(CHART);
    expect(allOf(manifests, 'Secret')).toEqual([]);
    const [container] = theOnly(manifests, 'Deployment').spec!.template.spec!.containers;
    expect(container!.env).toBeUndefined();
    expect(await helm.render(CHART)).toEqual(manifests);
  });

  it("is the user's if set, and rolls the pods when it changes", async () => {
    const token = 'correct-horse-battery-staple';
    expect(await tokenOf({ admin: { token } })).toBe(token);
    const checksumOf = async (values: object) =>
      theOnly(await helm.render(CHART, { values }), 'Deployment').spec!.template.metadata!
        .annotations!['checksum/token'];
    expect(await checksumOf({})).toBeUndefined();
    const checksum = await checksumOf({ admin: { token } });
    // Anyone who can read pods but not Secrets cannot verify a guess of the token with this checksum.
    expect(checksum).toMatch(/^[0-9a-f]{4}$/);
    expect(createHash('sha256').update(token).digest('hex')).not.toContain(checksum);
    expect(await checksumOf({ admin: { token } })).toBe(checksum);
    expect(await checksumOf({ admin: { token: `${token}!` } })).not.toBe(checksum);
  });

  it('comes from an existing Secret', async () => {
    const values = { admin: { existingSecret: { name: 'mine', key: 'bearer' } } };
    const manifests = await helm.render(CHART, { values });
    expect(allOf(manifests, 'Secret')).toEqual([]);
    const [container] = theOnly(manifests, 'Deployment').spec!.template.spec!.containers;
    expect(container!.env).toContainEqual({
      name: 'PXEBOOT_ADMIN_TOKEN',
      valueFrom: { secretKeyRef: { name: 'mine', key: 'bearer' } },
    });
  });

  it('has a second, read-only one if set', async () => {
    const readToken = 'only-for-looking-around';
    const envOf = async (values: object) => {
      const manifests = await helm.render(CHART, { values });
      const [container] = theOnly(manifests, 'Deployment').spec!.template.spec!.containers;
      return container!.env?.find(({ name }) => name === 'PXEBOOT_ADMIN_READ_TOKEN')?.valueFrom;
    };
    expect(await envOf({})).toBeUndefined();
    expect(await envOf({ admin: { readToken } })).toEqual({
      secretKeyRef: { name: 'pxeboot-admin', key: 'readToken' },
    });
    const manifests = await helm.render(CHART, { values: { admin: { readToken } } });
    const { readToken: stored } = theOnly(manifests, 'Secret').data!;
    expect(Buffer.from(stored!, 'base64').toString()).toBe(readToken);
    const existingSecret = { name: 'mine', readKey: 'reader' };
    expect(await envOf({ admin: { existingSecret } })).toEqual({
      secretKeyRef: { name: 'mine', key: 'reader' },
    });
    await expect(envOf({ admin: { readToken, existingSecret } })).rejects.toThrow('readKey');
  });

  it('passes on the host names under which the interface is reached', async () => {
    const render = async (values: object) =>
      theOnly(await helm.render(CHART, { values }), 'ConfigMap').data!['pxeboot.yaml'];
    expect(await render({})).not.toContain('hosts:');
    expect(await render({ admin: { hosts: ['boot.example.net'] } })).toMatch(
      /admin:\n {2}hosts:\n {2,4}- boot\.example\.net\n/,
    );
  });
});
