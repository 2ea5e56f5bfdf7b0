import { Button, Modal } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { SessionList } from '@/shared/session/SessionList'
import { Loaded } from '@/shared/ui/Loaded'
import { useEndSession, useEndSessions, userQueries } from './queries'
import classes from './UsersPage.module.css'

/** Where a user is logged in, and the way to end that. */
export function UserSessions({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useText()
  const sessions = useQuery(userQueries.sessions(name))
  const endOne = useEndSession(name)
  const endAll = useEndSessions(name)
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<strong>{t.users.sessionsOf(name)}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Loaded query={sessions} height={120}>
        {({ items }) => (
          <div className={classes.sessions}>
            <SessionList sessions={items} onEnd={(number) => endOne.mutate(number)} />
            {items.length > 0 && (
              <Button color="red.8" loading={endAll.isPending} onClick={() => endAll.mutate()}>
                {t.users.endAll}
              </Button>
            )}
          </div>
        )}
      </Loaded>
    </Modal>
  )
}
