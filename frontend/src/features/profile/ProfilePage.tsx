import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { logOut } from '@/shared/session/leave'
import { SessionList } from '@/shared/session/SessionList'
import { sessionQuery } from '@/shared/session/session'
import { Moment } from '@/shared/time/Moment'
import { IconLeave } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { PasswordForm } from './PasswordForm'
import classes from './ProfilePage.module.css'
import { profileQueries, useEndAll, useEndSession } from './queries'
import { Taste } from './Taste'

/** Oneself: who one is here, one's password and sessions, language and colours. */
export function ProfilePage() {
  const { t } = useText()
  const who = useQuery(sessionQuery)
  return (
    <Page title={t.profile.title} side={who.data?.kind === 'user' && <LogOut />}>
      <Loaded query={who} height={160}>
        {(one) => (
          <div className={classes.columns}>
            <div className={classes.column}>
              <Who who={one} />
              <Taste />
            </div>
            {one.session && (
              <div className={classes.column}>
                <Sessions own={one.session.id} />
                {one.session.way !== 'single sign-on' && <PasswordForm name={one.name} />}
              </div>
            )}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function LogOut() {
  const { t } = useText()
  return (
    <Button variant="default" leftSection={<IconLeave size={16} />} onClick={logOut}>
      {t.nav.logOut}
    </Button>
  )
}

function Who({ who }: { who: Schemas['Who'] }) {
  const { t } = useText()
  if (who.kind !== 'user') {
    return (
      <Panel title={t.profile.who}>
        <p className={classes.words}>{t.profile.anybody}</p>
      </Panel>
    )
  }
  return (
    <Panel title={t.profile.who}>
      <p className={classes.name}>{who.name}</p>
      <p className={classes.words}>
        <strong>{t.roles[who.role]}</strong>: {t.users.roleHints[who.role]}
      </p>
      {who.session && (
        <p className={classes.dim}>
          {t.profile.loggedIn} <Moment at={who.session.created_at} />,{' '}
          {t.session.ways[who.session.way]}. {t.profile.ends} <Moment at={who.session.ends_at} />.
        </p>
      )}
    </Panel>
  )
}

function Sessions({ own }: { own: number }) {
  const { t } = useText()
  const sessions = useQuery(profileQueries.sessions())
  const endOne = useEndSession()
  const endAll = useEndAll()
  return (
    <Panel
      title={t.profile.sessions}
      side={
        <Button
          size="xs"
          variant="default"
          loading={endAll.isPending}
          onClick={() =>
            endAll.mutate(undefined, { onSuccess: () => window.location.assign('/login') })
          }
        >
          {t.profile.endAll}
        </Button>
      }
    >
      <Loaded query={sessions} height={120}>
        {({ items }) => (
          <SessionList sessions={items} own={own} onEnd={(number) => endOne.mutate(number)} />
        )}
      </Loaded>
    </Panel>
  )
}
