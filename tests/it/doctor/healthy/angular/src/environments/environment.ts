export const environment = {
  production: false,
  sentry: {
    dsn: '',
    environment: 'development',
  },
};
