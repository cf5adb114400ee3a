/** The fixture on screen: packed and unpacked like a real page. */
import '../app.css'
import { start } from '../start'
import { fixture } from './fixture'
import { pack } from './pack'

async function begin() {
  const element = document.createElement('script')
  element.type = 'application/octet-stream'
  element.id = 'gausscape-data'
  const wanted = new URLSearchParams(location.search)
  element.textContent = await pack(fixture({ points: Number(wanted.get('points')) || 300, empty: wanted.has('empty') }))
  document.body.append(element)
  await start(document)
}
void begin()
