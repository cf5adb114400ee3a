import { gunzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { fixture } from '../dev/fixture'
import { assemble, compress, toBytes } from '../dev/pack'
import { fromBase64, read, Unreadable, unpack } from './unpack'

const header = (tree: unknown, blob = new Uint8Array(0)) => assemble(new TextEncoder().encode(JSON.stringify(tree)), [blob])
const document = { format: 'gausscape-page', version: 1, spaces: [] }
/** A document with one array under `x`. */
const withArray = (dtype: string, length: number, bytes: ArrayBuffer, offset = 0) =>
  (read(header({ ...document, x: { $: [dtype, offset, length] } }, new Uint8Array(bytes))) as unknown as { x: ArrayLike<number> }).x

describe('a document', () => {
  it('comes out as it went in', async () => {
    const page = fixture()
    expect(await unpack(await compress(toBytes(page)))).toEqual(replaced(page))
  })
  it('tells its progress, which never goes back', async () => {
    const shares: number[] = []
    await unpack(await compress(toBytes(fixture())), (share) => shares.push(share))
    expect(shares.length).toBeGreaterThan(2)
    expect(shares).toEqual([...shares].sort((x, y) => x - y))
  })
  it('may be broken over lines', async () => {
    const text = await compress(toBytes(fixture()))
    expect((await unpack(text.replace(/(.{76})/g, '$1\n'))).title).toBe('Rings')
  })
})

describe('arrays', () => {
  it('of every kind are read', () => {
    expect(withArray('f4', 2, Float32Array.of(1.5, -2).buffer)).toEqual(Float32Array.of(1.5, -2))
    expect(withArray('u1', 3, Uint8Array.of(1, 2, 255, 0).buffer)).toEqual(Uint8Array.of(1, 2, 255))
    expect(withArray('u2', 2, Uint16Array.of(1, 65535).buffer)).toEqual(Uint16Array.of(1, 65535))
    expect(withArray('u4', 1, Uint32Array.of(4e9).buffer)).toEqual(Uint32Array.of(4e9))
    expect(withArray('u1', 2, Uint8Array.of(9, 7, 8, 9).buffer, 1)).toEqual(Uint8Array.of(7, 8))
    expect(withArray('f4', 0, new ArrayBuffer(0))).toEqual(new Float32Array(0))
  })
  it('of halves are what IEEE 754 says', () => {
    const halves = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00)
    expect(withArray('f2', 10, halves.buffer)).toEqual(Float32Array.of(0, -0, 1, -2, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity, NaN))
  })
  it('of planes are put together again', () => {
    const values = Float32Array.of(3.14159, -1e-20, NaN, 7e30, 0)
    const bytes = new Uint8Array(values.buffer)
    const planes = new Uint8Array(20).map((_, i) => bytes[4 * (i % 5) + Math.floor(i / 5)])
    expect(withArray('p4', 5, planes.buffer)).toEqual(values)
  })
  it('at an odd offset are copied', () => {
    const bytes = new Uint8Array(8)
    bytes.set(new Uint8Array(Float32Array.of(2.5).buffer), 2)
    expect(withArray('f4', 1, bytes.buffer, 2)).toEqual(Float32Array.of(2.5))
  })
})

describe('what cannot be read is refused in words', () => {
  const packed = () => compress(toBytes(fixture()))
  const refused: [string, () => Promise<string> | string, RegExp][] = [
    ['nothing', () => '', /no data/],
    ['blanks', () => ' \n ', /no data/],
    ['no base64', () => '<b>!</b>', /base64/],
    ['no gzip', () => btoa('hello, world, this is text'), /unpacked/],
    ['a file cut short', async () => { const text = await packed(); return text.slice(0, Math.floor(text.length / 8) * 4) }, /unpacked/],
    ['a flipped byte', async () => { const text = await packed(); const at = Math.floor(text.length / 2); return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1) }, /unpacked|damaged|early/],
    ['another magic', () => compress(new TextEncoder().encode('PK34 something else')), /not a gausscape document/],
    ['a header beyond the end', () => compress(Uint8Array.of(71, 83, 80, 49, 255, 255, 255, 127)), /too early/],
    ['no JSON', () => compress(assemble(new TextEncoder().encode('{"format"'), [])), /header/],
    ['null', () => compress(header(null)), /not a gausscape document/],
    ['another format', () => compress(header({ format: 'other', version: 1 })), /not a gausscape document/],
    ['another version', () => compress(header({ ...document, version: 7 })), /version 7/],
    ['no spaces', () => compress(header({ format: 'gausscape-page', version: 1 })), /spaces/],
    ['an array of no known kind', () => compress(header({ ...document, x: { $: ['i8', 0, 1] } })), /described wrongly/],
    ['an array of negative length', () => compress(header({ ...document, x: { $: ['f4', 0, -1] } })), /described wrongly/],
    ['an array beyond the end', () => compress(header({ ...document, x: { $: ['f4', 0, 1e9] } })), /too early/],
  ]
  it.each(refused)('%s', async (_, text, words) => {
    const error = await unpack(await text()).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(Unreadable)
    expect((error as Unreadable).message).toMatch(words)
    expect((error as Unreadable).advice.length).toBeGreaterThan(10)
  })
  it('a browser that cannot unpack', async () => {
    vi.stubGlobal('DecompressionStream', undefined)
    await expect(unpack('AAAA')).rejects.toThrow(/DecompressionStream/)
    vi.unstubAllGlobals()
  })
})

it('base64 is what Node makes of it', async () => {
  for (const length of [1, 2, 3, 4, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) % 256)
    expect(await fromBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes)
  }
  expect(gunzipSync(Buffer.from(await compress(Uint8Array.of(1, 2, 3)), 'base64'))).toEqual(Buffer.from([1, 2, 3]))
})

/** NaN outside of arrays travels as null. */
function replaced(page: unknown): unknown {
  if (ArrayBuffer.isView(page) || typeof page !== 'object' || page === null) return typeof page === 'number' && Number.isNaN(page) ? null : page
  if (Array.isArray(page)) return page.map(replaced)
  return Object.fromEntries(Object.entries(page).map(([key, value]) => [key, replaced(value)]))
}
