/** From the text in the page to the document: base64, gzip, "GSP1", header, arrays. Refusals say what to do. */
import type { Page } from './types'

export const ELEMENT = 'gausscape-data'
const MAGIC = 'GSP1'
const VERSION = 1

/** A document that cannot be shown; the message is for readers, in sentences. */
export class Unreadable extends Error {
  constructor(message: string, readonly advice: string) {
    super(message)
    this.name = 'Unreadable'
  }
}
const AGAIN = 'Write the page again with `gausscape page`, or fetch the file again if it was sent to you.'

/** What has been done so far: a share in [0, 1] and a word for it. */
export type Progress = (share: number, doing: string) => void

/** Lets the browser draw between two long steps. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve))

export async function unpack(text: string, progress: Progress = () => {}): Promise<Page> {
  if (typeof DecompressionStream === 'undefined') {
    throw new Unreadable(
      'This browser cannot unpack the data of this page: it has no DecompressionStream.',
      'Open the page in Firefox 113, Chrome or Edge 80, Safari 16.4, or any later one.',
    )
  }
  const packed = await fromBase64(text, progress)
  const bytes = await inflate(packed, progress)
  progress(0.95, 'reading')
  await pause()
  return read(bytes)
}

/** Bytes of base64 text, a slice at a time; blanks between are allowed. */
export async function fromBase64(text: string, progress: Progress = () => {}): Promise<Uint8Array<ArrayBuffer>> {
  const trimmed = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  if (trimmed.length === 0) throw new Unreadable('This page holds no data.', AGAIN)
  const padding = trimmed.endsWith('==') ? 2 : trimmed.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array(Math.max(0, Math.floor((trimmed.length * 3) / 4) - padding))
  const slice = 1 << 22
  let filled = 0
  try {
    for (let from = 0; from < trimmed.length; from += slice) {
      const binary = atob(trimmed.slice(from, from + slice))
      for (let i = 0; i < binary.length; i++) bytes[filled + i] = binary.charCodeAt(i)
      filled += binary.length
      progress((0.4 * Math.min(trimmed.length, from + slice)) / trimmed.length, 'decoding')
      if (trimmed.length > slice) await pause()
    }
  } catch {
    throw new Unreadable('The data of this page are damaged: they are not base64.', AGAIN)
  }
  return bytes
}

async function inflate(packed: Uint8Array<ArrayBuffer>, progress: Progress): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  // gzip keeps the unpacked length in its last four bytes.
  const total = packed.length > 18 ? new DataView(packed.buffer).getUint32(packed.length - 4, true) : 1
  let length = 0
  try {
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      pieces.push(next.value)
      length += next.value.length
      progress(0.4 + 0.5 * Math.min(1, length / total), 'unpacking')
    }
  } catch {
    throw new Unreadable('The data of this page are damaged: they cannot be unpacked.', AGAIN)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** The document of unpacked bytes. */
export function read(bytes: Uint8Array<ArrayBuffer>): Page {
  const { header, start } = readHeader(bytes)
  const page = header as Partial<Page> | null
  if (typeof page !== 'object' || page === null || page.format !== 'gausscape-page') {
    throw new Unreadable('The data of this page are not a gausscape document.', AGAIN)
  }
  if (page.version !== VERSION) {
    throw new Unreadable(
      `This page reads documents of version ${VERSION}, but its data have version ${String(page.version)}.`,
      'Write the page again with one version of gausscape.',
    )
  }
  const whole = withArrays(header, bytes, start) as Page
  if (!Array.isArray(whole.spaces)) throw new Unreadable('The data of this page name no list of spaces.', AGAIN)
  return whole
}

/** What a live model answers: packed like a page, but of any form. */
export async function unpackTree(packed: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const bytes = await inflate(packed, () => {})
  const { header, start } = readHeader(bytes)
  return withArrays(header, bytes, start)
}

/** The JSON before the arrays, and where these begin. */
function readHeader(bytes: Uint8Array<ArrayBuffer>): { header: unknown; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) {
    throw new Unreadable('The data of this page are not a gausscape document.', AGAIN)
  }
  const length = view.getUint32(4, true)
  if (8 + length > bytes.length) throw new Unreadable('The data of this page end too early.', AGAIN)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)))
  } catch {
    throw new Unreadable('The data of this page are damaged: their header cannot be read.', AGAIN)
  }
  return { header, start: Math.ceil((8 + length) / 4) * 4 }
}

/** The tree with every {"$": [dtype, offset, length]} replaced by its typed array. */
function withArrays(node: unknown, bytes: Uint8Array<ArrayBuffer>, start: number): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) {
    for (let i = 0; i < node.length; i++) if (typeof node[i] === 'object') node[i] = withArrays(node[i], bytes, start)
    return node
  }
  const record = node as Record<string, unknown>
  if ('$' in record && Array.isArray(record.$)) return arrayOf(record.$, bytes, start)
  for (const key of Object.keys(record)) {
    if (typeof record[key] === 'object') record[key] = withArrays(record[key], bytes, start)
  }
  return record
}

const WIDTH: Record<string, number> = { f4: 4, f2: 2, u1: 1, u2: 2, u4: 4, p4: 4 }

function arrayOf(reference: unknown[], bytes: Uint8Array<ArrayBuffer>, start: number) {
  const [dtype, offset, length] = reference
  if (
    typeof dtype !== 'string' || !(dtype in WIDTH) ||
    typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0 ||
    typeof length !== 'number' || !Number.isInteger(length) || length < 0
  ) {
    throw new Unreadable('The data of this page are damaged: an array is described wrongly.', AGAIN)
  }
  const from = bytes.byteOffset + start + offset
  const size = length * WIDTH[dtype]
  if (start + offset + size > bytes.length) throw new Unreadable('The data of this page end too early.', AGAIN)
  // A view where the place is aligned, a copy where it is not.
  const aligned = from % WIDTH[dtype] === 0
  const buffer = aligned ? bytes.buffer : bytes.buffer.slice(from, from + size)
  const at = aligned ? from : 0
  switch (dtype) {
    case 'f4':
      return new Float32Array(buffer, at, length)
    case 'u1':
      return new Uint8Array(buffer, at, length)
    case 'u2':
      return new Uint16Array(buffer, at, length)
    case 'u4':
      return new Uint32Array(buffer, at, length)
    case 'f2':
      return fromHalves(new Uint16Array(buffer, at, length))
    default:
      return fromPlanes(bytes.subarray(start + offset, start + offset + size), length)
  }
}

function fromPlanes(planes: Uint8Array, length: number): Float32Array {
  const bits = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    bits[i] = planes[i] | (planes[length + i] << 8) | (planes[2 * length + i] << 16) | (planes[3 * length + i] << 24)
  }
  return new Float32Array(bits.buffer)
}

function fromHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length)
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]
    const sign = half & 0x8000 ? -1 : 1
    const exponent = (half >> 10) & 31
    const fraction = half & 1023
    if (exponent === 31) values[i] = fraction ? NaN : sign * Infinity
    else if (exponent === 0) values[i] = sign * fraction * 2 ** -24
    else values[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return values
}
