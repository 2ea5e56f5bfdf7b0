import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core'
import { spotlight } from '@mantine/spotlight'
import { Link, Outlet } from '@tanstack/react-router'
import { useFeed } from '@/features/monitor/useMonitor'
import { LogInAgain } from '@/features/profile/LogInAgain'
import { useText } from '@/shared/i18n'
import { IconSearch } from '@/shared/ui/icons'
import { Commands } from './Commands'
import classes from './Layout.module.css'
import { Liveness } from './Liveness'
import { Navigation } from './Navigation'
import { Preferences } from './Preferences'

/** The frame of all pages: the way between them, search, whether what is seen is live. */
export function Layout() {
  const { t } = useText()
  useFeed()
  return (
    <div className={classes.frame}>
      <a href="#content" className={classes.skip}>
        {t.nav.skip}
      </a>
      <header className={classes.bar}>
        <Link to="/" className={classes.brand}>
          <img src="/ui/icon.svg" alt="" width={28} height={28} />
          <span>Disparo</span>
        </Link>
        <Navigation />
        <div className={classes.tools}>
          <Liveness />
          <SearchButton />
          <Preferences />
        </div>
      </header>
      <main id="content" className={classes.content} tabIndex={-1}>
        <Outlet />
      </main>
      <Commands />
      <LogInAgain />
    </div>
  )
}

function SearchButton() {
  const { t } = useText()
  return (
    <>
      <UnstyledButton className={classes.search} onClick={spotlight.open}>
        <IconSearch size={16} />
        <span>{t.nav.search}</span>
        <Kbd size="xs">/</Kbd>
      </UnstyledButton>
      <ActionIcon
        className={classes.searchIcon}
        variant="default"
        size={34}
        aria-label={t.nav.searchHint}
        onClick={spotlight.open}
      >
        <IconSearch />
      </ActionIcon>
    </>
  )
}
