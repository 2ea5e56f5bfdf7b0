import { Drawer, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import { useMonitor } from '@/features/monitor/useMonitor'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { IconMenu } from '@/shared/ui/icons'
import classes from './Navigation.module.css'
import { GROUPS, IN_BAR, type PageGroup, type PageLink, PROFILE } from './pages'

/** The way between the pages: a column of groups; on a phone a bar, with the rest in a sheet. */
export function Navigation() {
  const { t } = useText()
  return (
    <>
      <nav aria-label={t.nav.label} className={classes.column}>
        <Groups />
      </nav>
      <Bar />
    </>
  )
}

function Groups({ onGo }: { onGo?: () => void }) {
  return GROUPS.map((group) => (
    <May key={group.id} as={group.role}>
      <Group group={group} onGo={onGo} />
    </May>
  ))
}

function Group({ group, onGo }: { group: PageGroup; onGo: (() => void) | undefined }) {
  const { t } = useText()
  return (
    <section className={classes.group} aria-label={t.nav.groups[group.id]}>
      {group.id !== 'work' && <h2 className={classes.title}>{t.nav.groups[group.id]}</h2>}
      {group.pages.map((page) => (
        <PageItem key={page.to} page={page} onGo={onGo} />
      ))}
    </section>
  )
}

function PageItem({ page, onGo }: { page: PageLink; onGo?: (() => void) | undefined }) {
  const { t } = useText()
  const { to, name, icon: Icon } = page
  return (
    <Link
      to={to}
      className={classes.link}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      onClick={onGo}
    >
      <Icon size={19} />
      <span className={classes.name}>{name(t)}</span>
      {to === '/' && <Down />}
    </Link>
  )
}

/** How many things are down, beside the Monitor's name. */
function Down() {
  const { t } = useText()
  const down = useMonitor().document?.down.length ?? 0
  if (down === 0) return null
  return (
    <span className={classes.count} role="img" aria-label={t.monitor.down(down)}>
      {down}
    </span>
  )
}

function Bar() {
  const { t } = useText()
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <nav aria-label={t.nav.label} className={classes.bar}>
        {GROUPS[0]?.pages.slice(0, IN_BAR).map((page) => (
          <PageItem key={page.to} page={page} />
        ))}
        <UnstyledButton className={classes.link} onClick={open}>
          <IconMenu size={19} />
          <span className={classes.name}>{t.common.more}</span>
        </UnstyledButton>
      </nav>
      <Drawer
        opened={isOpen}
        onClose={close}
        position="bottom"
        size="auto"
        title={<strong>{t.nav.label}</strong>}
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        <nav aria-label={t.nav.label} className={classes.sheet}>
          <Groups onGo={close} />
          <section className={classes.group}>
            <PageItem page={PROFILE} onGo={close} />
          </section>
        </nav>
      </Drawer>
    </>
  )
}
