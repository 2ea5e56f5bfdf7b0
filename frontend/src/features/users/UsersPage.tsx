import { useInfiniteQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { Moment } from '@/shared/time/Moment'
import { Adder } from '@/shared/ui/Adder'
import { Empty } from '@/shared/ui/Empty'
import { IconUsers } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { MorePages } from '@/shared/ui/MorePages'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { StateBadge } from '@/shared/ui/State'
import { AddUser } from './AddUser'
import { type User, userQueries } from './queries'
import { UserActions } from './UserActions'
import classes from './UsersPage.module.css'

/** Who may log in, and what they may. */
export function UsersPage() {
  const { t } = useText()
  return (
    <ForRole as="admin" title={t.users.title}>
      <Shown />
    </ForRole>
  )
}

function Shown() {
  const { t } = useText()
  const users = useInfiniteQuery(userQueries.list())
  return (
    <Page
      title={t.users.title}
      side={<Adder label={t.users.add} as="admin" form={(close) => <AddUser onClose={close} />} />}
    >
      <Loaded query={users}>
        {({ pages }) => (
          <Panel title={t.users.who} flush>
            {pages[0]?.items.length === 0 ? (
              <Empty
                icon={<IconUsers size={32} />}
                title={t.users.none}
                detail={t.users.noneDetail}
              />
            ) : (
              <UserList users={pages.flatMap(({ items }) => items)} />
            )}
            <MorePages query={users} />
          </Panel>
        )}
      </Loaded>
    </Page>
  )
}

function UserList({ users }: { users: readonly User[] }) {
  const { t } = useText()
  return (
    <Records
      label={t.users.title}
      items={users}
      keyOf={(user) => user.id}
      title={{ name: t.common.name, cell: (user) => user.name }}
      columns={[
        { name: t.users.role, cell: (user) => t.roles[user.role] },
        { name: t.users.state, cell: (user) => <Standing user={user} /> },
        {
          name: t.users.seen,
          cell: (user) => (user.seen_at ? <Moment at={user.seen_at} /> : t.common.never),
        },
        { name: t.users.created, cell: (user) => <Moment at={user.created_at} /> },
      ]}
      actions={(user) => <UserActions user={user} />}
    />
  )
}

/** Whether they may log in, and by what. */
function Standing({ user }: { user: User }) {
  const { t } = useText()
  if (!user.is_enabled) return <StateBadge state="disabled" />
  if (user.issuer) return <span className={classes.way}>{t.users.signOn}</span>
  if (!user.has_password) return <StateBadge state="invited" />
  return <span className={classes.way}>{t.users.password}</span>
}
