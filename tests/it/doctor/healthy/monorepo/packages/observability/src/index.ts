export { sentryOptions, type Surface } from './options';
export { DSNS } from './dsn';
