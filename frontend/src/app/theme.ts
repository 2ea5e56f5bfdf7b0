import { createTheme, Drawer, Modal, Tooltip } from '@mantine/core'

/**
 * What Mantine computes in scripts. Its variables are in theme.css: those it would write itself go
 * into a <style> element, which the policy of content forbids.
 */
export const theme = createTheme({
  primaryColor: 'indigo',
  cursorType: 'pointer',
  defaultRadius: 'md',
  respectReducedMotion: true,
  components: {
    // What locks scrolling writes a <style> element; theme.css does it instead.
    Modal: Modal.extend({ defaultProps: { lockScroll: false } }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, withArrow: true } }),
  },
})
