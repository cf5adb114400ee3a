/** The views of local change and of a patch, rendered as text: on a plain document, on one made to hurt, without answers, without a decoder. */
import type { Component } from 'svelte'
import { render } from 'svelte/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { nasty } from '../dev/nasty'
import { State } from '../lib/state.svelte'
import type { Page, Space } from '../lib/types'
import type { ViewProps } from '../lib/view'
import Change from './Change.svelte'
import Patch from './Patch.svelte'

const htmlOf = (view: Component<ViewProps>, page: Page, hash = '', space = page.spaces[0]) => render(view, { props: { page, space, state: new State(hash) } }).body
const textOf = (html: string) => html.replace(/<!--.*?-->/gs, '').replace(/<[^>]+>/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').replace(/&quot;/g, '"').replace(/\s+/g, ' ')
const changed = (page: Page, change: (space: Space) => Partial<Space>): Page => ({ ...page, spaces: page.spaces.map((space) => ({ ...space, ...change(space) })) })

beforeAll(() => {
  // The plane keeps a canvas of its own; nothing is drawn on it here.
  ;(globalThis as { document?: unknown }).document ??= { createElement: () => ({}) }
})

const none = (space: Space): Partial<Space> => ({
  gate: null,
  ruler: { ...space.ruler, again: null },
  points: { ...space.points, n: 0, which: 'none', ids: [], u: new Float32Array(), std: null, columns: [], pictured: new Uint32Array(), pictures: { kind: 'rows', n: 0, names: [], texts: [], cells: new Uint16Array() } },
})

describe.each([['Change', Change], ['Patch', Patch]] as [string, Component<ViewProps>][])('%s', (_, view) => {
  it.each([
    ['plain', fixture(), 0],
    ['made to hurt', nasty(), 0],
    ['empty', fixture({ empty: true }), 0],
    ['decoderless', fixture(), 1],
    ['pointless', changed(fixture({ empty: true }), none), 0],
    ['pointless and decoderless', changed(fixture({ empty: true }), none), 1],
    ['one-axis', changed(fixture(), (space) => ({ planes: space.planes.map((plane) => ({ ...plane, up: null, support: { side: 41, labels: plane.support.labels.slice(0, 41) }, outcomes: [] })) })), 0],
    ['outcomeless', changed(fixture(), (space) => ({ planes: space.planes.map((plane) => ({ ...plane, outcomes: [] })) })), 0],
  ])('stands a %s document', (_name, page, at) => {
    const html = htmlOf(view, page, '', page.spaces[at] ?? page.spaces[0])
    expect(html).toMatch(/<h2/)
    expect(html).not.toMatch(/<img|<script| style="[^"]*(javascript|url)/)
    expect(textOf(html)).not.toMatch(/\b(NaN|undefined|Infinity)\b|\[object/)
  })
  it('stands links that are broken', () => {
    for (const hash of ['#from=id:gone&to=at:x&circle=1,2&plane=none', '#circle=0,0,-1&patch.around=id:gone', '#change.answer=99&patch.around=patch:77&circle=1,1,1', '#circle=900,900,1e9']) {
      expect(textOf(htmlOf(view, fixture(), hash))).toMatch(/sd/)
    }
  })
})

describe('Change', () => {
  it('begins with one sentence, and the measured answer where there is one', () => {
    const text = textOf(htmlOf(Change, fixture()))
    expect(text).toContain('These two lie 2.56 sd apart: further than 71 of 100 random pairs (90% interval 66 to 76).')
    expect(text).toContain('Measured by gausscape: object-0 to object-7')
  })
  it('follows its link to two places, which are exact', () => {
    const text = textOf(htmlOf(Change, fixture(), '#from=at:0,0&to=at:0.3,0.4'))
    expect(text).toContain('These two lie 0.5 sd apart')
    expect(text).toContain('there is no interval')
  })
  it('shows a measured answer about objects that are not here', () => {
    const page = fixture()
    page.changes = page.changes.map((change) => ({ ...change, a: { ...change.a, id: 'elsewhere' } }))
    const text = textOf(htmlOf(Change, page, '#change.answer=0'))
    expect(text).toContain('not among those shown on the plane: elsewhere and object-7')
    expect(text).toContain('Measured by gausscape: elsewhere to object-7')
  })
  it('withholds its verdict far out', () => {
    const text = textOf(htmlOf(Change, fixture(), '#from=at:0,0&to=at:3.9,3.9'))
    expect(text).toContain('Withheld')
    expect(text).toContain('B lies outside the data')
  })
  it('does not judge where measuring again was not measured', () => {
    const page = changed(fixture({ empty: true }), (space) => ({ ruler: { ...space.ruler, again: null } }))
    expect(textOf(htmlOf(Change, page))).toContain('Not judged')
  })
  it('says that the interval leaves out other fits, and which command measures more', () => {
    const text = textOf(htmlOf(Change, fixture({ empty: true })))
    expect(text).toContain('how far another fit of the model would differ is not in it')
    expect(text).toContain('gausscape change SPACE DATA A B --json')
  })
})

describe('Patch', () => {
  it('begins with who lives there and y, with intervals', () => {
    expect(textOf(htmlOf(Patch, fixture()))).toMatch(/Within 0\.80 sd of this place \d+ of 300 objects live \(\d+%; 90% interval \d+% to \d+%\); score is 0\.\d+ on average \(90% interval/)
  })
  it('follows the circle of its link', () => {
    const text = textOf(htmlOf(Patch, fixture({ empty: true }), '#circle=3.9,3.9,0.05'))
    expect(text).toContain('none of 300 objects lives')
    expect(text).toContain('rests on the decoder alone')
    expect(text).toContain('Withheld. No real object lies inside')
  })
  it('names the commands that make what is missing', () => {
    const text = textOf(htmlOf(Patch, fixture({ empty: true })))
    expect(text).toContain('gausscape explain SPACE DATA --outcome Y --around ID --json')
    expect(text).toContain('gausscape explain SPACE DATA --outcome Y --patches 60 --json')
  })
  it('shows the effects of the patch it meets, and says whether the ledger holds here', () => {
    const text = textOf(htmlOf(Patch, fixture()))
    expect(text).toContain('with what comes along +0.31 (+0.23 to +0.39)')
    expect(text).toContain('This patch goes the same way.')
  })
  it('offers the way to the nearest where it meets none', () => {
    expect(textOf(htmlOf(Patch, fixture(), '#circle=-3,-3,0.2'))).toContain('No explained patch meets this circle.')
  })
})
