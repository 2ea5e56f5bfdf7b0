import { UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Facts } from '@/shared/ui/Facts'
import { IconChevron } from '@/shared/ui/icons'
import { Changes } from './Changes'
import classes from './EntryRow.module.css'
import type { Entry } from './queries'

const REFUSED = /^refused/

/** One line of the audit; opened, all that is known of it. */
export function EntryRow({ entry }: { entry: Entry }) {
  const { t } = useText()
  const [isOpen, { toggle }] = useDisclosure(false)
  const isRefusal = REFUSED.test(entry.name)
  return (
    <li>
      <UnstyledButton className={classes.row} onClick={toggle} aria-expanded={isOpen}>
        <IconChevron size={16} className={classes.arrow} data-open={isOpen || undefined} />
        <span className={classes.what}>
          <strong>{entry.subject}</strong>
          <span className={classes.event} data-tone={isRefusal ? 'bad' : 'idle'}>
            {t.events[entry.name] ?? entry.name}
          </span>
        </span>
        <span className={classes.who}>{entry.actor}</span>
        <Moment at={entry.at} className={classes.when} />
      </UnstyledButton>
      {isOpen && <Detail entry={entry} />}
    </li>
  )
}

function Detail({ entry }: { entry: Entry }) {
  const { t, exact } = useText()
  const { actor, subject, name, address, request, at, detail } = entry
  const { before, after, ...rest } = detail
  return (
    <div className={classes.detail}>
      <Changes before={before} after={after} />
      <Facts facts={rest} />
      <Facts
        facts={{
          [t.audit.when]: exact(at),
          [t.audit.actor]: actor,
          [t.audit.event]: name,
          [t.audit.address]: address,
          [t.audit.request]: request,
        }}
      />
      <div className={classes.links}>
        <Link from="/audit" to="/audit" search={{ subject }}>
          {t.audit.allOf(subject)}
        </Link>
        <Link from="/audit" to="/audit" search={{ actor }}>
          {t.audit.allBy(actor)}
        </Link>
      </div>
    </div>
  )
}
