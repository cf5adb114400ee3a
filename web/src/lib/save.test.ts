import { describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { Frame, WHOLE } from './frame'
import { fileName, rowsOf, toSvg, type PlanePicture } from './save'
import { toCsv, toJson } from './table'

const [space] = fixture().spaces
const table = rowsOf(space, [0, 5, 30])

/** Fields of comma-separated values, as RFC 4180 reads them. */
function fields(text: string): string[][] {
  return text.trimEnd().split('\r\n').map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, field]) => field.replace(/^"|"$/g, '').replaceAll('""', '"')))
}

describe('objects', () => {
  it('are saved with all that is known of them', () => {
    expect(table.columns).toEqual(['id', 'exceedance', 'exceedance_low', 'exceedance_high', 'support', 'u1', 'u2', 'quarter', 'score', 'ink', 'batch'])
    expect(table.rows).toHaveLength(3)
    expect(table.rows[0][0]).toBe('object-0')
    expect(table.rows[0][5]).toBe(space.points.u[0])
  })
  it('keep their ids where a column of the data is called "id" too', () => {
    const points = { ...space.points, columns: ['id', 'id', 'support'].map((name) => ({ ...space.points.columns[2], name })) }
    const { columns, rows } = rowsOf({ ...space, points }, [0])
    expect(columns.slice(-3)).toEqual(['id (2)', 'id (3)', 'support (2)'])
    expect((JSON.parse(toJson(columns, rows)) as { id: string }[])[0].id).toBe('object-0')
  })
  it('are the same in JSON, with null for what is missing', () => {
    const read = JSON.parse(toJson(table.columns, table.rows)) as Record<string, unknown>[]
    expect(read[1].id).toBe('=cmd|<b>five</b>')
    expect(read[2].batch).toBeNull()
  })
  it('S8: what a spreadsheet would run as a formula is quoted, plain numbers are not', () => {
    const csv = toCsv(['name', 'value'], [['=1+1', -3.5], ['+x', 1e-9], ['-y', -0.25], ['@sum', 0], ['\tz', 1], ['\rw', 2], ['plain', NaN]])
    const cells = csv.trimEnd().split('\r\n').slice(1)
    for (const line of cells.slice(0, 6)) expect(line).toMatch(/^"?'/)
    expect(cells[0]).toBe("'=1+1,-3.5")
    expect(cells[2]).toBe("'-y,-0.25")
    expect(cells[6]).toBe('plain,')
    expect(fields(toCsv(table.columns, table.rows))[2][0]).toBe("'=cmd|<b>five</b>")
  })
})

describe('a picture', () => {
  const [plane] = space.planes
  const nasty = { ...plane, name: '</title><script>alert(1)</script>', words: { left: '<b>"', right: "a&b'", down: ']]>', up: '-->' } }
  const drawn = {
    canvas: null as unknown as HTMLCanvasElement, ground: () => 'data:image/png;base64,AAAA', frame: new Frame(nasty, 'sd', WHOLE, 500), outline: 'M0 0L9 9', ring: '', at: [0, 1] as const,
    markers: [{ a: 1, b: 1, label: '<img src=x>' }], space, plane: nasty, layers: { contours: true },
  } satisfies PlanePicture
  const svg = toSvg(drawn, 'data:image/png;base64,AAAA')
  it('as SVG holds the raster once, and contours and words as vectors', () => {
    expect(svg.match(/<image /g)).toHaveLength(1)
    expect(svg.match(/<path /g)!.length).toBeGreaterThanOrEqual(4)
    expect(svg).toMatch(/<circle cx="250" /)
  })
  it('S8: says what the data say, and runs none of it', () => {
    expect(svg).not.toMatch(/<script|<img|<b>/)
    expect(svg).toContain('&lt;script&gt;')
    expect(svg.match(/</g)!.length).toBe(svg.match(/>/g)!.length)
  })
})

it('file names hold letters, digits and dashes alone', () => {
  expect(fileName('../../etc/passwd')).toBe('etc-passwd')
  expect(fileName('mnist-5k, 2 axes map')).toBe('mnist-5k-2-axes-map')
  expect(fileName('<>')).toBe('gausscape')
})
