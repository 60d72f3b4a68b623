//! Marriage registration (婚姻登记)
