/** The inverse of lib/unpack.ts for the fixture and for tests: a document to base64 text. */
import type { Page } from '../lib/types'

export function toBytes(page: unknown): Uint8Array<ArrayBuffer> {
  const blobs: Uint8Array[] = []
  let offset = 0
  const add = (dtype: string, bytes: Uint8Array, length: number) => {
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
    padded.set(bytes)
    blobs.push(padded)
    offset += padded.length
    return { $: [dtype, offset - padded.length, length] }
  }
  const raw = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const tree = (node: unknown): unknown => {
    if (node instanceof Float32Array) return add('f4', raw(node), node.length)
    if (node instanceof Uint8Array) return add('u1', node, node.length)
    if (node instanceof Uint16Array) return add('u2', raw(node), node.length)
    if (node instanceof Uint32Array) return add('u4', raw(node), node.length)
    if (Array.isArray(node)) return node.map(tree)
    if (typeof node === 'object' && node !== null) return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, tree(value)]))
    return typeof node === 'number' && Number.isNaN(node) ? null : node
  }
  return assemble(new TextEncoder().encode(JSON.stringify(tree(page))), blobs)
}

/** Magic, length, header, blanks up to a multiple of 4, blob. */
export function assemble(header: Uint8Array, blobs: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const start = Math.ceil((8 + header.length) / 4) * 4
  const bytes = new Uint8Array(start + blobs.reduce((sum, blob) => sum + blob.length, 0))
  bytes.set(new TextEncoder().encode('GSP1'))
  new DataView(bytes.buffer).setUint32(4, header.length, true)
  bytes.set(header, 8)
  let at = start
  for (const blob of blobs) {
    bytes.set(blob, at)
    at += blob.length
  }
  return bytes
}

export async function pack(page: Page): Promise<string> {
  return compress(toBytes(page))
}

export async function compress(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const packed = new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
  let text = ''
  for (let at = 0; at < packed.length; at += 3 * 8192) text += btoa(String.fromCharCode(...packed.subarray(at, at + 3 * 8192)))
  return text
}
