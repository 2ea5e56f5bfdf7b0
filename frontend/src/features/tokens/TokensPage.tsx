import { Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { Moment } from '@/shared/time/Moment'
import { Adder } from '@/shared/ui/Adder'
import { Empty } from '@/shared/ui/Empty'
import { IconKey } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import { MakeToken } from './MakeToken'
import { type Token, tokenQueries } from './queries'
import { Revoke } from './Revoke'
import classes from './TokensPage.module.css'

const route = getRouteApi('/tokens')

/** What lets programs in, and what they may. */
export function TokensPage() {
  const { t } = useText()
  return (
    <ForRole as="admin" title={t.tokens.title}>
      <Shown />
    </ForRole>
  )
}

function Shown() {
  const { t } = useText()
  const { ended = false } = route.useSearch()
  const tokens = useQuery(tokenQueries.all())
  const make = (
    <Adder label={t.tokens.make} as="admin" form={(close) => <MakeToken onClose={close} />} />
  )
  return (
    <Page title={t.tokens.title} side={make}>
      <Loaded query={tokens}>
        {({ items }) => {
          const shown = items.filter((one) => ended || one.state === 'valid')
          return (
            <Panel title={t.tokens.list} side={<ShowEnded isOn={ended} />} flush>
              {shown.length > 0 ? (
                <TokenList tokens={shown} />
              ) : (
                <Empty
                  icon={<IconKey size={32} />}
                  title={t.tokens.none}
                  detail={t.tokens.noneDetail}
                />
              )}
            </Panel>
          )
        }}
      </Loaded>
    </Page>
  )
}

function ShowEnded({ isOn }: { isOn: boolean }) {
  const { t } = useText()
  const change = useSearchChange<{ ended?: true }>()
  return (
    <Switch
      size="xs"
      label={t.tokens.showEnded}
      checked={isOn}
      onChange={(event) => change({ ended: event.currentTarget.checked || undefined })}
    />
  )
}

function TokenList({ tokens }: { tokens: readonly Token[] }) {
  const { t } = useText()
  return (
    <Records
      label={t.tokens.title}
      items={tokens}
      keyOf={(token) => token.id}
      title={{ name: t.common.name, cell: (token) => token.name }}
      columns={[
        { name: t.users.role, cell: (token) => t.roles[token.role] },
        { name: t.tokens.scope, cell: (token) => <ScopeOf token={token} /> },
        {
          name: t.tokens.used,
          cell: ({ last_used_at: at }) => (at ? <Moment at={at} /> : t.common.never),
        },
        { name: t.tokens.ends, cell: (token) => <End token={token} /> },
        {
          name: t.tokens.made,
          cell: (token) => (
            <span>
              <Moment at={token.created_at} />{' '}
              <span className={classes.dim}>{t.dispatches.by(token.created_by)}</span>
            </span>
          ),
        },
      ]}
      actions={(token) => token.state === 'valid' && <Revoke name={token.name} />}
    />
  )
}

function ScopeOf({ token }: { token: Token }) {
  const { t } = useText()
  if (token.scope === 'all') return t.tokens.scopes.all
  return (
    <span>
      {t.tokens.scopes.predict}
      {token.models.length > 0 && <span className={classes.dim}> {token.models.join(', ')}</span>}
    </span>
  )
}

function End({ token }: { token: Token }) {
  const { t } = useText()
  if (token.state !== 'valid') return <StateBadge state={token.state} />
  return token.expires_at ? <Moment at={token.expires_at} /> : t.common.never
}
