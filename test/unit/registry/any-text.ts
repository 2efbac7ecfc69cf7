import fc from "fast-check";

/** Text of any characters, control characters and halves of pairs included (fast-check's own `binary` takes seconds to get ready). */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  const codes = fc.oneof({ weight: 3, arbitrary: fc.nat(0x7f) }, fc.nat(0xffff));
  const unit = codes.map((code) => String.fromCharCode(code));
  return fc.string({ unit, ...(maxLength === undefined ? {} : { maxLength }) });
}
