import { useText } from '@/shared/i18n'
import { IconBell, ShapeCheck, ShapeOctagon, ShapeTurning } from '@/shared/ui/icons'
import { allChecks, type MonitorDocument } from './document'
import { SchedulerSwitch } from './SchedulerSwitch'
import classes from './Verdict.module.css'

const MOST_NAMED = 5

/** The answer to the one question: is all well? And the switch of the scheduler. */
export function Verdict({ document }: { document: MonitorDocument }) {
  return (
    <section className={classes.verdict} data-tone={document.well ? 'good' : 'bad'}>
      <Words document={document} />
      <SchedulerSwitch service={document.service} />
    </section>
  )
}

/** What is down, whose name stands before a colon. */
function Down({ words }: { words: string }) {
  const colon = words.indexOf(': ')
  return (
    <li title={words}>
      <strong>{words.slice(0, Math.max(0, colon))}</strong>
      {words.slice(Math.max(0, colon))}
    </li>
  )
}

function Words({ document }: { document: MonitorDocument }) {
  const { t } = useText()
  const { well, down, schedules, windows } = document
  const loading = document.service.models?.loading ?? []
  const Shape = well ? ShapeCheck : ShapeOctagon
  return (
    <div className={classes.words} role="status">
      <Shape size={40} className={classes.shape} />
      <div className={classes.text}>
        <strong className={classes.title}>
          {well ? t.monitor.well : t.monitor.down(down.length)}
        </strong>
        {well && <span>{t.monitor.wellDetail(allChecks(document).length, schedules.length)}</span>}
        {!well && (
          <ul className={classes.down}>
            {down.slice(0, MOST_NAMED).map((one) => (
              <Down key={one} words={one} />
            ))}
            {down.length > MOST_NAMED && <li>… +{down.length - MOST_NAMED}</li>}
          </ul>
        )}
        {loading.length > 0 && (
          <span className={classes.aside}>
            <ShapeTurning size={14} /> {t.monitor.loading(loading.join(', '))}
          </span>
        )}
        {windows.length > 0 && (
          <span className={classes.aside}>
            <IconBell size={14} /> {t.monitor.windows(windows.join(', '))}
          </span>
        )}
      </div>
    </div>
  )
}
