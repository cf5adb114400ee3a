/** A document made to hurt: long words, markup in names, 60 features, 300 patches, answers that are not finite, counts of all sizes. */
import { fixture } from './fixture'
import type { Page, Pictures, StressTest } from '../lib/types'

export const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
export const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2)

export function nasty(): Page {
  const page = fixture({ points: 300 })
  const features = Array.from({ length: 60 }, (_, i) => (i === 0 ? LONG : i === 1 ? MARKUP : i === 2 ? '=cmd()|A1' : `feature number ${i}, in units of something`))
  const verdicts = ['GLOBAL', 'MIXED', 'LOCAL', 'UNDETERMINED', 'WITHHELD']
  const patch = page.patches[0]
  return {
    ...page,
    title: `${MARKUP} ${LONG}`,
    subtitle: `${LONG} of <b>many</b> objects`,
    patches: Array.from({ length: 300 }, (_, i) => ({
      ...patch, id: i === 3 ? LONG : i === 4 ? MARKUP : `patch ${i}`, y: i === 5 ? NaN : patch.y, withheld: i % 7 === 2 ? `The model cannot be told apart from noise here, ${LONG}` : '',
      support: ['SUPPORTED', 'RARE_OBSERVED', 'EXTRAPOLATED', 'UNSUPPORTED'][i % 4],
      effects: features.map((feature, k) => ({ ...patch.effects[0], feature, on_manifold: k % 3 ? { value: 0.3 - k / 100, low: 0.1 - k / 100, high: 0.5, p_value: 0.01 } : null })),
    })),
    ledgers: [{
      ...page.ledgers[0], patches: 300,
      entries: features.map((feature, i) => ({
        feature, verdict: verdicts[i % 5], statement: `In at least 71% of objects, higher ${feature} raises score; of 300 patches 271 show it, 2 show the opposite and 27 neither.`,
        positive: i % 5 === 3 ? 0 : 271 - 4 * i, negative: 2 + i, undecided: i % 5 === 3 ? 300 : 27 + 3 * i, share: i % 5 ? null : 0.9, share_low: i % 5 ? null : 0.71, net_to_gross: i % 5 ? NaN : 0.83,
        p_value: i % 5 ? null : 1e-12, reasons: i % 5 ? [`${LONG}`, 'the changes do not add up that way: the net is 10% of the gross change'] : [],
      })),
      claims: [{ feature: LONG, upheld: false, words: `It is not shown: ${MARKUP}` }, { feature: 'b', upheld: true, words: 'It holds.' }],
    }],
    stress: [stress(page.stress[0]), page.stress[0]],
    spaces: page.spaces.map((space, i) => ({
      ...space, name: i ? MARKUP : space.name,
      audit: { ...space.audit, others: [...space.audit.others, { name: MARKUP, rows: space.audit.rows.map((row) => ({ ...row, count: 0, actual: 0, low: 0, high: 0.0006 })) }, { name: LONG, rows: space.audit.rows }] },
    })),
    about: [{ title: MARKUP, words: LONG, rows: [[LONG, MARKUP], ['Columns', features.join(', ')]] }, { title: 'How to cite', words: 'With the digest.', rows: [] }],
    notes: [MARKUP, LONG],
  }
}

function stress(first: StressTest): StressTest {
  const tails = ['radial', `towards ${MARKUP}`, LONG]
  const level = first.levels[0]
  const all = [0.5, 0.1, 0.01, 0.001, 0.0001, 1e-6, null]
  const levels = tails.flatMap((tail, t) => all.map((exceedance, l) => {
    const refused = exceedance === 1e-6
    return {
      ...level, tail, exceedance, level: refused ? '0.0001%: the calibration certifies nothing rarer than 1 in 20,000.' : exceedance === null ? `${5 + t} standard deviations` : `1 in ${1 / exceedance}`,
      scenarios: refused ? 0 : 400, y: refused ? NaN : 0.98 - 0.09 * l - 0.05 * t, y_low: 0.9 - 0.13 * l, y_high: 1, hits: t === 2 ? null : 12 * l, rate: t === 2 ? null : l === 4 ? NaN : 0.03 * l, rate_low: 0.02 * l, rate_high: 0.05 * l,
    }
  }))
  const rows = levels.flatMap((each, at) => (each.scenarios ? Array.from({ length: 12 }, (_, i) => ({ at, i, tail: tails.indexOf(each.tail), l: at % all.length })) : []))
  const n = rows.length
  const pictures = first.pictures as Extract<Pictures, { kind: 'raster' }>
  const size = pictures.height * pictures.width
  return {
    ...first, tails, levels,
    words: 'Stress test of score: 400 scenarios, 4,000 calls.\n\ntail     level    y\nradial   1 in 10  0.98',
    rule: `score above 0.9, but not ${MARKUP}`, outcome: 'P(<i>a rather long name of an outcome</i>)',
    shown: {
      tail: Uint8Array.from(rows, ({ tail }) => tail), level: Uint8Array.from(rows, ({ at }) => at), exceedance: Float32Array.from(rows, ({ l }) => all[l] ?? NaN),
      support: Uint8Array.from(rows, ({ i, l }) => Math.min(3, Math.floor((i * l) / 18))), y: Float32Array.from(rows, ({ i, l }) => (i === 11 ? NaN : 0.98 - 0.1 * l - i / 60)),
      kind: rows.map(({ i, l }) => (i < l ? ['model failure', 'changed class', 'unjudged', 'not an object'][i % 4] : '')), nearest: rows.map(({ i }) => (i === 2 ? LONG : `object-${i}`)),
      u: Float32Array.from(rows.flatMap(({ i, l, tail }) => [(1 + 0.7 * l) * Math.cos(i / 2 + tail), (1 + 0.7 * l) * Math.sin(i / 2 + tail)])),
    },
    pictures: { ...pictures, n, data: Uint8Array.from({ length: n * size }, (_, i) => pictures.data[i % pictures.data.length]) },
    responses: [{
      tail: 'radial', at: Float32Array.from({ length: 25 }, (_, i) => i / 4), y: Float32Array.from({ length: 25 }, (_, i) => (i === 20 ? NaN : 0.98 / (1 + Math.exp(i / 3 - 5)))),
      low: Float32Array.from({ length: 25 }, (_, i) => 0.7 / (1 + Math.exp(i / 3 - 5))), high: Float32Array.from({ length: 25 }, (_, i) => 1 / (1 + Math.exp(i / 4 - 6))), words: 'Along radial: y goes down.',
      exceedance: Float32Array.from({ length: 25 }, (_, i) => Math.exp(-((i / 4) ** 2) / 2)), objects: Float32Array.from({ length: 25 }, (_, i) => (i < 15 ? 1 : 0.2)), last_observed: 4.1,
    }],
    kinds: { 'model failure': 61, 'changed class': 2000, unjudged: 3, 'not an object': 12, '': 4000 },
    findings: [
      { words: `${LONG} at least 3.2 and thickness from 1 to 2: 12 of 40 fail (30%, 90% interval 18% to 44%), elsewhere 1.2%; 40% of all failures`, rate: 0.3, low: 0.18, high: 0.44, scenarios: 40 },
      { words: `${MARKUP} at most 0: 4 of 31 fail (13%, 90% interval 5% to 28%), elsewhere 2.0%; 10% of all failures`, rate: 0.13, low: 0.05, high: 0.28, scenarios: 31 },
    ],
    failure: { estimate: 1 / 900, low: 1 / 1400, high: 1 / 500, calls: 4000, words: 'Probability of failure: 0.11%\n  subset simulation', real: 'Of 1,000 real objects 2 are hits: 0.2% (0.036% to 0.63%, 90% interval).', contradictions: ['Plain draws say three times as much.'] },
    worst: Array.from({ length: 7 }, (_, i) => ({ id: i ? `object-${i}` : LONG, y: 0.9, worst_y: i === 2 ? NaN : 0.1 * i, distance: 0.873, words: `Around object-${i}, within 1 standard deviation: a lower bound.`, broke: i === 2, support: 'EXTRAPOLATED', kind: i ? 'model failure' : '' })),
    worst_pictures: { ...pictures, n: 14, data: pictures.data.slice(0, 14 * size) },
    notes: [LONG, MARKUP],
  }
}
