/** What a reader takes away: the picture of a plane as PNG or SVG, objects as CSV or JSON. */
import { cellsOf } from './decode'
import { DASHES, ticksOf } from './drawing'
import type { Frame } from './frame'
import { ringsOf } from './ground'
import { MISSING } from './colour'
import type { Known } from './place'
import { saveText, toCsv, toJson, type Cell } from './table'
import { SUPPORT, type Plane, type Space } from './types'

export interface PlanePicture {
  canvas: HTMLCanvasElement
  /** The raster beneath lines and letters, as a data address. */
  ground: () => string
  /** In CSS pixels. */
  frame: Frame
  outline: string
  ring: string
  at: readonly [number, number] | null
  markers: readonly { a: number; b: number; label: string; tone?: string }[]
  space: Space
  plane: Plane
  layers: { contours: boolean }
}

export interface Table {
  columns: string[]
  rows: Cell[][]
}

/** Real objects with all that the page knows of them. */
export function rowsOf(space: Space, indices: readonly number[]): Table {
  const { points, live } = space
  const d = live.length
  return {
    columns: distinct(['id', 'exceedance', 'exceedance_low', 'exceedance_high', 'support', ...live.map((axis) => `u${axis + 1}`), ...points.columns.map(({ name }) => name)]),
    rows: indices.map((i) => [
      points.ids[i], points.exceedance[i], points.lower[i], points.upper[i], SUPPORT[points.support[i]] ?? null,
      ...Array.from(points.u.subarray(i * d, (i + 1) * d)),
      ...points.columns.map((column): Cell =>
        column.kind === 'number' ? column.values[i] : column.values[i] === MISSING ? null : (column.levels[column.values[i]] ?? null),
      ),
    ]),
  }
}

/** Each name once: a column of the data may itself be called "id". */
function distinct(names: string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let own = name
    for (let k = 2; taken.has(own); k++) own = `${name} (${k})`
    taken.add(own)
    return own
  })
}

/** The object decoded at a place, with its expected cells before they become a picture, and what is known of the place. */
export function placeText(space: Space, plane: Plane, { a, b, u, rarity, support, y }: Known): string {
  const cells = cellsOf(space, u, 1)
  const finite = (value: number) => (Number.isFinite(value) ? value : null)
  return JSON.stringify({
    space: space.name, plane: plane.name, across: a, up: plane.up ? b : null, u: Array.from(u), support: SUPPORT[support] ?? null,
    exceedance: finite(rarity.p), exceedance_low: finite(rarity.low), exceedance_high: finite(rarity.high),
    outcomes: y.map(({ name, value }) => ({ name, value: finite(value) })), cells: cells && Array.from(cells, finite),
  }, null, 1)
}

export function saveObjects(table: Table, how: 'csv' | 'json', name: string): void {
  const file = `${fileName(name)}.${how}`
  if (how === 'csv') saveText(toCsv(table.columns, table.rows), file, 'text/csv')
  else saveText(toJson(table.columns, table.rows), file, 'application/json')
}

export function savePicture(picture: PlanePicture, how: 'png' | 'svg', name: string): void {
  if (how === 'svg') saveText(toSvg(picture, picture.ground()), `${fileName(name)}.svg`, 'image/svg+xml')
  else {
    withOverlay(picture).toBlob((blob) => {
      if (!blob) return
      const address = URL.createObjectURL(blob)
      const link = document.createElement('a')
      link.href = address
      link.download = `${fileName(name)}.png`
      link.click()
      setTimeout(() => URL.revokeObjectURL(address), 10_000)
    })
  }
}

/** Letters, digits and dashes, so that no name of a space can be a path. */
export const fileName = (name: string): string => name.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 80) || 'gausscape'

function withOverlay({ canvas, frame, outline, ring, at, markers }: PlanePicture): HTMLCanvasElement {
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  const context = copy.getContext('2d')!
  context.drawImage(canvas, 0, 0)
  const ratio = canvas.width / frame.size
  context.scale(ratio, ratio)
  context.strokeStyle = '#ffffff'
  context.lineWidth = 2
  for (const path of [outline, ring]) if (path) context.stroke(new Path2D(path))
  for (const [a, b] of [...(at ? [at] : []), ...markers.map((marker) => [marker.a, marker.b] as const)]) {
    context.beginPath()
    context.arc(frame.x(a), frame.y(b), 8, 0, 2 * Math.PI)
    context.stroke()
  }
  return copy
}

/** Text as XML can hold it. */
const escaped = (text: string) =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '\ufffd').replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign]!)

/** A drawing: the raster as an image, contours, places and words as vectors. */
export function toSvg({ frame, outline, ring, at, markers, space, plane, layers }: PlanePicture, image: string): string {
  const { size } = frame
  const parts: string[] = []
  const number = (value: number) => String(Number(value.toFixed(1)))
  const letters = (words: string, x: number, y: number, anchor: string) =>
    `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="11" fill="#fff" stroke="#0b1026" stroke-width="3" paint-order="stroke">${escaped(words)}</text>`
  if (layers.contours) {
    ringsOf(space, plane).forEach(({ lines, words }, level) => {
      let top: [number, number] | null = null
      for (const line of lines) {
        let path = ''
        for (let k = 0; k < line.length; k += 2) {
          const [x, y] = [frame.x(line[k]), frame.y(line[k + 1])]
          path += `${k ? 'L' : 'M'}${number(x)} ${number(y)}`
          if (x > 24 && x < size - 24 && y > 10 && y < size - 20 && (!top || y < top[1])) top = [x, y]
        }
        parts.push(`<path d="${path}" fill="none" stroke="#fff" stroke-width="1.6" stroke-dasharray="${DASHES[level].join(' ')}"/>`)
      }
      if (top) parts.push(letters(words, top[0], top[1] + 4, 'middle'))
    })
  }
  for (const { side, at: along, words } of ticksOf(frame, 1)) parts.push(side === 'foot' ? letters(words, along, size - 8, 'middle') : letters(words, 8, along + 4, 'start'))
  for (const path of [outline, ring]) if (path) parts.push(`<path d="${path}" fill="none" stroke="#fff" stroke-width="2"/>`)
  const named = [...(at ? [{ a: at[0], b: at[1], label: '' }] : []), ...markers]
  for (const { a, b, label } of named) {
    parts.push(`<circle cx="${number(frame.x(a))}" cy="${number(frame.y(b))}" r="8" fill="none" stroke="#fff" stroke-width="2"/>`)
    if (label) parts.push(`<text x="${number(frame.x(a) + 12)}" y="${number(frame.y(b) + 4)}" fill="#fff">${escaped(label)}</text>`)
  }
  const below = 80
  const words = [
    `<text x="0" y="${size + 18}">← ${escaped(plane.words.left)}</text>`,
    `<text x="${size}" y="${size + 36}" text-anchor="end">${escaped(plane.words.right)} →</text>`,
    plane.up ? `<text x="0" y="${size + 54}">↑ ${escaped(plane.words.up)}</text><text x="0" y="${size + 72}">↓ ${escaped(plane.words.down)}</text>` : '',
  ]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size + below}" width="${size}" height="${size + below}" font-family="system-ui, sans-serif" font-size="13">` +
    `<title>${escaped(`${space.name}: ${plane.name}`)}</title><rect width="${size}" height="${size + below}" fill="#ffffff"/>` +
    `<clipPath id="square"><rect width="${size}" height="${size}"/></clipPath><g clip-path="url(#square)">` +
    `<image href="${image}" width="${size}" height="${size}"/>${parts.join('')}</g>${words.join('')}</svg>`
  )
}
