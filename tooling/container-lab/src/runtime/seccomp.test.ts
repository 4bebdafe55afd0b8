import { describe, expect, it } from 'vitest';

import { type EngineProfile, ociSeccomp } from './seccomp.js';

const profile: EngineProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: null },
  ],
  syscalls: [
    { names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] },
    { names: ['arch_prctl'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64'] } },
    { names: ['chroot'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_CHROOT'] } },
    {
      names: ['chroot'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 1,
      args: null,
      excludes: { caps: ['CAP_SYS_CHROOT'] },
    },
  ],
};

describe('ociSeccomp', () => {
  it('keeps the rules of the architecture', () => {
    expect(ociSeccomp(profile, [], 'x64')).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    });
    expect(ociSeccomp(profile, ['SYS_CHROOT'], 'arm64')).toMatchObject({
      architectures: ['SCMP_ARCH_AARCH64'],
      syscalls: [{ names: ['read'] }, { names: ['chroot'], action: 'SCMP_ACT_ALLOW' }],
    });
  });

  it('allows the system calls of a capability, and only with it', () => {
    expect(ociSeccomp(profile, ['NET_BIND_SERVICE'], 'x64')).toMatchObject({
      syscalls: [
        { names: ['read'] },
        { names: ['arch_prctl'] },
        { names: ['chroot'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      ],
    });
    expect(ociSeccomp(profile, ['SYS_CHROOT'], 'x64')).toMatchObject({
      syscalls: [
        { names: ['read'] },
        { names: ['arch_prctl'] },
        { names: ['chroot'], action: 'SCMP_ACT_ALLOW' },
      ],
    });
  });
});
