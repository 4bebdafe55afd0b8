const SECTOR = 512;
const SETUP_SECTORS = 1;

/**
 * 16-bit code, entered by BIOS loaders, that writes `[`, the command line and `]` to COM1 and ends
 * QEMU.
 */
const REAL_MODE_CODE =
  '66a12802' + // mov eax, [0x228]: address of the command line
  '6689c6' + // mov esi, eax
  '6683e60f' + // and esi, 15
  '66c1e804' + // shr eax, 4
  '8ed8' + // mov ds, ax
  'baf803' + // mov dx, 0x3f8
  'b05bee' + // mov al, "["; out dx, al
  'ac84c07403eeebf8' + // next: lodsb; test al, al; jz end; out dx, al; jmp next
  'b05deeb00aee' + // end: "]", line feed
  'b031e6f4' + // mov al, 0x31; out 0xf4, al: isa-debug-exit
  'f4ebfd'; // hlt forever

/** The same in 32-bit code, entered by GRUB's `linux` with the address of the setup code in ESI. */
const PROTECTED_MODE_CODE =
  '8bb628020000' + // mov esi, [esi + 0x228]
  '66baf803' + // mov dx, 0x3f8
  'b05bee' +
  'ac84c07403eeebf8' +
  'b05deeb00aee' +
  'b031e6f4' +
  'f4ebfd';

/** Boot sector that writes `[disk]` to COM1 and ends QEMU. */
const DISK_CODE =
  'be197c31c08ed8' + // mov si, 0x7c19; ds = 0
  'baf803' +
  'ac84c07403eeebf8' +
  'b031e6f4' +
  'f4ebfd' +
  '5b6469736b5d0a00'; // "[disk]\n"

/**
 * Returns a kernel of a few bytes of code (Linux boot protocol 2.06) that writes its command line in brackets
 * to the first serial port and ends QEMU through its isa-debug-exit device.
 */
export function tinyKernel(): Buffer {
  const setup = Buffer.alloc((1 + SETUP_SECTORS) * SECTOR);
  setup.writeUInt8(SETUP_SECTORS, 0x1f1);
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('eb6e', 0x200, 'hex'); // jmp 0x270
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x0206, 0x206);
  setup.writeUInt8(0x01, 0x211); // loaded at 1 MiB
  setup.writeUInt32LE(0x10_0000, 0x214);
  setup.writeUInt32LE(0x37ff_ffff, 0x22c); // highest address of a ramdisk
  setup.writeUInt32LE(0x1000, 0x230); // alignment
  setup.writeUInt32LE(2047, 0x238); // longest command line
  setup.write(REAL_MODE_CODE, 0x270, 'hex');
  const code = Buffer.alloc(4096);
  code.write(PROTECTED_MODE_CODE, 0, 'hex');
  setup.writeUInt32LE(code.length / 16, 0x1f4); // its size in units of 16 bytes
  return Buffer.concat([setup, code]);
}

/** Returns a disk of 1 MiB whose boot sector writes `[disk]` to the serial port and ends QEMU. */
export function tinyDisk(): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  disk.write(DISK_CODE, 0, 'hex');
  // A partition, so that the sector looks like a master boot record.
  disk.write('80010100830fffff0100000000080000', 0x1be, 'hex');
  disk.writeUInt16LE(0xaa55, 0x1fe);
  return disk;
}
