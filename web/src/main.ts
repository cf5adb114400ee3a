/** The page's entry: unpack what the page holds and show it, or say why it cannot be shown. */
import './app.css'
import { start } from './start'

void start(document)
