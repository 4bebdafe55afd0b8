const PAGE_BYTES = 0x1000;
/** Size of the headers in the file, and of the only section, in bytes. */
const BLOCK_BYTES = 0x200;
const PE_HEADER_AT = 0x40;
const OPTIONAL_HEADER_AT = PE_HEADER_AT + 24;
/** Size of the optional header in bytes, with 16 empty data directories. */
const OPTIONAL_HEADER_BYTES = 112 + 16 * 8;
const SECTION_AT = OPTIONAL_HEADER_AT + OPTIONAL_HEADER_BYTES;

const X64 = 0x8664;
const EXECUTABLE_LARGE_ADDRESSES = 0x22;
const PE32_PLUS = 0x20b;
const EFI_APPLICATION = 10;
const CODE_READABLE_EXECUTABLE = 0x6000_0020;

/** Code for x64 that writes the text after it to the first serial port (0x3f8) and halts. */
const CODE = [
  ...[0x48, 0x8d, 0x35, 15, 0, 0, 0], // lea rsi, [rip + 15]: the text after this code
  ...[0x66, 0xba, 0xf8, 0x03], // mov dx, 0x3f8
  ...[0xac], // next: lodsb
  ...[0x84, 0xc0], // test al, al
  ...[0x74, 0x03], // jz done
  ...[0xee], // out dx, al
  ...[0xeb, 0xf8], // jmp next
  ...[0xf4], // done: hlt
  ...[0xeb, 0xfd], // jmp done
];

/** Returns an unsigned EFI application for x64 (PE format) that writes a text to the serial port. */
export function efiProgram(text: string): Buffer {
  const file = Buffer.alloc(2 * BLOCK_BYTES);
  file.write('MZ');
  file.writeUInt32LE(PE_HEADER_AT, 0x3c);

  file.write('PE\0\0', PE_HEADER_AT);
  file.writeUInt16LE(X64, PE_HEADER_AT + 4);
  file.writeUInt16LE(1, PE_HEADER_AT + 6); // number of sections
  file.writeUInt16LE(OPTIONAL_HEADER_BYTES, PE_HEADER_AT + 20);
  file.writeUInt16LE(EXECUTABLE_LARGE_ADDRESSES, PE_HEADER_AT + 22);

  file.writeUInt16LE(PE32_PLUS, OPTIONAL_HEADER_AT);
  file.writeUInt32LE(BLOCK_BYTES, OPTIONAL_HEADER_AT + 4); // size of the code
  file.writeUInt32LE(PAGE_BYTES, OPTIONAL_HEADER_AT + 16); // entry point
  file.writeUInt32LE(PAGE_BYTES, OPTIONAL_HEADER_AT + 20); // start of the code
  file.writeUInt32LE(PAGE_BYTES, OPTIONAL_HEADER_AT + 32); // alignment in memory
  file.writeUInt32LE(BLOCK_BYTES, OPTIONAL_HEADER_AT + 36); // alignment in the file
  file.writeUInt32LE(2 * PAGE_BYTES, OPTIONAL_HEADER_AT + 56); // size in memory
  file.writeUInt32LE(BLOCK_BYTES, OPTIONAL_HEADER_AT + 60); // size of the headers
  file.writeUInt16LE(EFI_APPLICATION, OPTIONAL_HEADER_AT + 68);
  file.writeUInt32LE(16, OPTIONAL_HEADER_AT + 108); // number of data directories

  file.write('.text', SECTION_AT);
  file.writeUInt32LE(BLOCK_BYTES, SECTION_AT + 8); // size in memory
  file.writeUInt32LE(PAGE_BYTES, SECTION_AT + 12); // address in memory
  file.writeUInt32LE(BLOCK_BYTES, SECTION_AT + 16); // size in the file
  file.writeUInt32LE(BLOCK_BYTES, SECTION_AT + 20); // offset in the file
  file.writeUInt32LE(CODE_READABLE_EXECUTABLE, SECTION_AT + 36);

  file.set(CODE, BLOCK_BYTES);
  file.write(`${text}\r\n`, BLOCK_BYTES + CODE.length, 'latin1');
  return file;
}
