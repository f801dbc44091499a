import { Component } from '@angular/core';

@Component({ selector: 'app-root', template: '<h1>Pylon</h1>' })
export class AppComponent {}
